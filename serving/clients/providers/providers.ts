import type {NamedModel} from '../../../schemas/project.ts';
import type {ProviderModel} from '../../../schemas/release.ts';
import type {ChatModel} from './chat-model.ts';
import {openEndpoint, type Endpoint} from './endpoint.ts';
import {openProvider} from './open-provider.ts';
import {providerSettings, type ProviderSettings} from './settings.ts';
import type {PaidTokens} from './provider-inference.ts';

/** A model of a release as this process asks it. */
export interface OpenedProvider {
  readonly chat: ChatModel;
  /** What it takes, in `prices.currency`; null where ratchet.yaml names no prices for it. */
  readonly priceOf: ((tokens: PaidTokens) => number) | null;
}

/**
 * The vendors' models of a process, each opened once; those at one address share connections, retries and circuit. `models`: of
 * ratchet.yaml. A part whose name stands there no longer, or means another vendor now, is asked where that vendor's own clients
 * ask, and by the prices of tokens.
 */
export class Providers {
  readonly #models: Readonly<Record<string, NamedModel>>;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #opened = new Map<string, OpenedProvider>();

  constructor(
    models: Readonly<Record<string, NamedModel>>,
    environment: Readonly<Record<string, string | undefined>> = process.env,
  ) {
    this.#models = models;
    this.#environment = environment;
  }

  /** `name`: in the release. Throws InvalidInput with what the environment lacks. */
  open(name: string, part: ProviderModel): OpenedProvider {
    const key = JSON.stringify([name, part.vendor, part.model, part.snapshot]);
    let opened = this.#opened.get(key);
    if (opened === undefined) this.#opened.set(key, (opened = this.#open(this.#configOf(name, part), part)));
    return opened;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#endpoints.values()].map((endpoint) => endpoint.close()));
  }

  #open(config: NamedModel | undefined, {vendor, model, snapshot}: ProviderModel): OpenedProvider {
    const names = {key: config?.api_key_env, baseUrl: config?.base_url_env};
    const settings = providerSettings(vendor, this.#environment, names);
    const chat = openProvider(
      {vendor, model: snapshot ?? model},
      {
        settings,
        endpoint: this.#endpoint(vendor, settings),
        ...(config === undefined ? {} : {timeoutMs: config.timeout}),
      },
    );
    return {chat, priceOf: config?.prices === undefined ? null : priceBy(config.prices)};
  }

  #configOf(name: string, {vendor}: ProviderModel): NamedModel | undefined {
    const config = Object.hasOwn(this.#models, name) ? this.#models[name] : undefined;
    return config?.provider === vendor ? config : undefined;
  }

  #endpoint(vendor: ProviderModel['vendor'], {baseUrl, keyName}: ProviderSettings): Endpoint {
    const key = JSON.stringify([vendor, baseUrl, keyName]);
    let endpoint = this.#endpoints.get(key);
    if (endpoint === undefined) {
      endpoint = openEndpoint({vendor, baseUrl, environment: this.#environment});
      this.#endpoints.set(key, endpoint);
    }
    return endpoint;
  }
}

function priceBy({input, cached_input: cached = input, output}: NonNullable<NamedModel['prices']>) {
  return ({promptTokens, cachedTokens, completionTokens}: PaidTokens): number =>
    ((promptTokens - cachedTokens) * input + cachedTokens * cached + completionTokens * output) / 1e6;
}
