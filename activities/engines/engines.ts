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
/** What the engines call a release, once they have been given it. */
const served = new Map<string, Promise<string>>();

/**
 * Asks one engine on a release's behalf. The engines are given its adapter before the first question; one that was started
 * anew has forgotten it, is given it again, and asked again.
 */
export async function onAnEngine<T>(
  context: ActivityContext,
  config: Pick<ProjectConfig, 'engine'>,
  release: Release,
  ask: (client: InferenceClient, model: string) => Promise<T>,
): Promise<T> {
  const url = [...context.engines].sort((a, b) => (busy.get(a) ?? 0) - (busy.get(b) ?? 0))[0];
  const target = deployTarget(context, config);
  const model = (): Promise<string> => {
    const known = served.get(release.digest);
    if (known) return known;
    const giving = target.ensureAdapter(release);
    served.set(release.digest, giving);
    giving.catch(() => served.delete(release.digest));
    return giving;
  };
  busy.set(url!, (busy.get(url!) ?? 0) + 1);
  try {
    const client = openaiInference({baseUrl: url!});
    try {
      return await ask(client, await model());
    } catch (error) {
      if (!(error instanceof ModelNotServedError)) throw error;
      served.delete(release.digest);
      return await ask(client, await model());
    }
  } finally {
    busy.set(url!, busy.get(url!)! - 1);
  }
}
