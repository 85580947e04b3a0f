import type {ProviderModel as ProviderModelPart, Vendor} from '../../../schemas/release.ts';
import type {ChatModel} from './chat-model.ts';
import type {Driver} from './driver.ts';
import type {Endpoint} from './endpoint.ts';
import {openEndpoint} from './endpoint.ts';
import type {Asked} from './failures.ts';
import {ProviderModel} from './provider-model.ts';
import {RETRY_POLICY, WAITING, type RetryPolicy, type Waiting} from './retries.ts';
import {providerSettings, type ProviderSettings} from './settings.ts';

export interface OpenProviderOptions {
  /** Default: what the environment says (settings.ts). */
  readonly settings?: ProviderSettings;
  /** What models at one address share. Default: an endpoint of its own, which is never closed. */
  readonly endpoint?: Endpoint;
  /** One attempt, in ms: to the whole answer, or to a stream's first piece. Default 120,000. */
  readonly timeoutMs?: number;
  readonly policy?: RetryPolicy;
  readonly waiting?: Waiting;
}

/** What a driver is opened with. */
export interface DriverOptions extends Pick<ProviderSettings, 'apiKey' | 'organization' | 'project'> {
  readonly asked: Asked;
  readonly endpoint: Endpoint;
}

/**
 * A vendor's model. Nothing is sent, and no SDK is loaded, before the first question. Throws InvalidInput where the environment
 * lacks the key or the address.
 *
 * @example const model = openProvider({vendor: 'anthropic', model: 'claude-haiku-5-5'});
 */
export function openProvider(
  {vendor, model}: Pick<ProviderModelPart, 'vendor' | 'model'>,
  {
    settings = providerSettings(vendor),
    endpoint = openEndpoint({vendor, baseUrl: settings.baseUrl}),
    timeoutMs = 120_000,
    policy = RETRY_POLICY,
    waiting = WAITING,
  }: OpenProviderOptions = {},
): ChatModel {
  const asked = {vendor, model, endpoint: endpoint.name, keyName: settings.keyName};
  const {apiKey, organization, project} = settings;
  const options = {asked, endpoint, apiKey, organization, project};
  const openDriver = () => DRIVERS[vendor](options);
  return new ProviderModel({asked, endpoint, openDriver, timeoutMs, policy, waiting});
}

const openai = async (options: DriverOptions) => (await import('./openai/driver.ts')).openaiDriver(options);

/**
 * Each vendor by its own SDK, loaded with the first question to it (0.1 to 0.15 s of processor time). Not by the AI SDK's provider
 * packages: their common request has no `n`, log-probabilities or `parallel_tool_calls`, Google's package gives no log-probabilities
 * at all, and what a vendor cannot do becomes a warning beside the answer, where here it is refused (@ai-sdk/provider and
 * @ai-sdk/google 3.0, as of December 2026). The vendors' SDKs carry every field, and their errors what the vendor said and asked.
 */
const DRIVERS: Readonly<Record<Vendor, (options: DriverOptions) => Promise<Driver>>> = {
  openai,
  'openai-compatible': openai,
  anthropic: async (options) => (await import('./anthropic/driver.ts')).anthropicDriver(options),
  google: async (options) => (await import('./google/driver.ts')).googleDriver(options),
};
