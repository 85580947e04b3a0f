import {ModelNotServedError} from '../../serving/clients/inference/failures.ts';
import type {InferenceClient} from '../../serving/clients/inference/inference-client.ts';
import {openaiInference} from '../../serving/clients/inference/openai-inference.ts';
import type {DeployTarget} from '../../serving/targets/deploy-target.ts';
import {embeddedTarget} from '../../serving/targets/embedded.ts';
import {vllmTarget} from '../../serving/targets/vllm.ts';
import {RatchetError} from '../../schemas/errors.ts';
import type {ProjectConfig} from '../../schemas/project.ts';
import type {Release} from '../../schemas/release.ts';
import type {ActivityContext} from '../context.ts';

/** Where this project's releases are made to answer. Throws InvalidInput if the worker knows no engine. */
export function deployTarget(context: ActivityContext, config: Pick<ProjectConfig, 'engine'>): DeployTarget {
  const {engines, adapterFolder, stores} = context;
  if (engines.length === 0) {
    throw new RatchetError(
      'InvalidInput',
      'this worker knows no engine (RATCHET_ENGINES): start one, or name its base URL',
    );
  }
  const options = {engines, adapterFolder, artifacts: stores.artifacts};
  return config.engine.target === 'embedded' ? embeddedTarget(options) : vllmTarget(options);
}

/** Engines that are answering for this process now: the next question goes to the least busy one. */
const busy = new Map<string, number>();

/**
 * Asks one engine on a release's behalf. An engine that was started anew has forgotten its adapters: it is given them
 * again, once, and asked again.
 */
export async function onAnEngine<T>(
  context: ActivityContext,
  config: Pick<ProjectConfig, 'engine'>,
  release: Release,
  ask: (client: InferenceClient, model: string) => Promise<T>,
): Promise<T> {
  const target = deployTarget(context, config);
  const url = [...context.engines].sort((a, b) => (busy.get(a) ?? 0) - (busy.get(b) ?? 0))[0]!;
  busy.set(url, (busy.get(url) ?? 0) + 1);
  try {
    const client = openaiInference({baseUrl: url});
    const model = await target.ensureAdapter(release);
    try {
      return await ask(client, model);
    } catch (error) {
      if (!(error instanceof ModelNotServedError)) throw error;
      return await ask(client, await target.ensureAdapter(release));
    }
  } finally {
    busy.set(url, busy.get(url)! - 1);
  }
}
