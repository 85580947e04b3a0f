import {ModelNotServedError} from '../../serving/clients/inference/failures.ts';
import type {InferenceClient} from '../../serving/clients/inference/inference-client.ts';
import type {Endpoint} from '../../serving/clients/kubernetes/service-endpoints.ts';
import {openaiInference} from '../../serving/clients/inference/openai-inference.ts';
import type {DeployTarget, Served} from '../../serving/targets/deploy-target.ts';
import {embeddedTarget} from '../../serving/targets/embedded.ts';
import {vllmTarget} from '../../serving/targets/vllm.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {serviceOf, type ProjectConfig} from '../../schemas/project.ts';
import type {ActivityContext} from '../context.ts';
import {findEngines, readyNow} from './find-engines.ts';

/** What an engine that failed is passed over for: the client's attempts on a dead one take most of a second each time. */
const DOWN_MS = 10_000;

/**
 * Where this project's releases are made to answer: on all engines there are, unless one is named. Throws InvalidInput if the
 * worker knows no engine.
 */
export function deployTarget(
  context: ActivityContext,
  config: Pick<ProjectConfig, 'engine'>,
  one?: Endpoint,
): DeployTarget {
  const {adapterFolder, adaptersOnEngines, engineKey, stores} = context;
  const options = {
    adapterFolder,
    artifacts: stores.artifacts,
    ...(engineKey === undefined ? {} : {apiKey: engineKey}),
  };
  const seenOnEngines = adaptersOnEngines === undefined ? {} : {folderOnEngines: adaptersOnEngines};
  const service = serviceOf(config);
  if (service !== null) {
    const ready = async () => (one === undefined ? await readyNow(service) : [one]).map(({url}) => url);
    return vllmTarget({...options, ...seenOnEngines, engines: ready});
  }
  const engines = one === undefined ? context.engines : [one.url];
  if (engines.length === 0) {
    throw new RatchetError(
      'InvalidInput',
      'this worker knows no engine (RATCHET_ENGINES): start one, or name its base URL',
    );
  }
  if (config.engine.target === 'embedded') return embeddedTarget({...options, engines});
  return vllmTarget({...options, ...seenOnEngines, engines});
}

/** An engine as this process knows it. */
interface EngineState extends Endpoint {
  /** Questions that it is answering for this process now. */
  inFlight: number;
  /** It is asked last before this time, in ms since the epoch. */
  downUntil: number;
  /** Release digest → what it calls that release, once it has been given it. */
  readonly served: Map<string, Promise<string>>;
}
/** By id. */
const known = new Map<string, EngineState>();

/**
 * Asks one engine on a release's behalf: the least busy one, engines that failed lately last; where it does not answer, the
 * next. An engine is given the release's adapter before the first question, and, where engines come and go, proves it; one that
 * was started anew has forgotten it, is given it again, and asked again. Throws what the last engine failed with.
 */
export async function onAnEngine<T>(
  context: ActivityContext,
  config: Pick<ProjectConfig, 'engine'>,
  release: Served,
  ask: (client: InferenceClient, model: string) => Promise<T>,
): Promise<T> {
  const {engineKey} = context;
  let failure: unknown;
  for (const engine of inOrder(await findEngines(context, config))) {
    const client = openaiInference({
      baseUrl: engine.url,
      ...(engineKey === undefined ? {} : {apiKey: engineKey}),
    });
    const target = deployTarget(context, config, engine);
    engine.inFlight++;
    try {
      const give = async () => {
        const model = await target.ensureAdapter(release);
        // It may not have been there when all were made to prove it.
        if (serviceOf(config) !== null) await target.prove(release);
        return model;
      };
      const answer = await askOnce(engine, release, give, (model) => ask(client, model));
      engine.downUntil = 0;
      return answer;
    } catch (error) {
      if (!isAway(error)) throw error;
      engine.downUntil = Date.now() + DOWN_MS;
      failure = error;
    } finally {
      engine.inFlight--;
    }
  }
  // Says that the worker knows no engine.
  if (failure === undefined) deployTarget(context, config);
  throw failure;
}

async function askOnce<T>(
  {served}: EngineState,
  release: Served,
  give: () => Promise<string>,
  ask: (model: string) => Promise<T>,
): Promise<T> {
  const model = (): Promise<string> => {
    const given = served.get(release.digest);
    if (given) return given;
    const giving = give();
    served.set(release.digest, giving);
    giving.catch(() => served.delete(release.digest));
    return giving;
  };
  try {
    return await ask(await model());
  } catch (error) {
    if (!(error instanceof ModelNotServedError)) throw error;
    served.delete(release.digest);
    return await ask(await model());
  }
}

/** Least busy first, engines that failed lately last. */
function inOrder(found: readonly Endpoint[]): EngineState[] {
  const now = Date.now();
  return found
    .map(({id, url}) => {
      const engine = known.get(id) ?? {
        id,
        url,
        inFlight: 0,
        downUntil: 0,
        served: new Map<string, Promise<string>>(),
      };
      known.set(id, engine);
      return engine;
    })
    .sort((a, b) => Number(a.downUntil > now) - Number(b.downUntil > now) || a.inFlight - b.inFlight);
}

/** It does not answer, or takes no more questions now; another engine may. */
function isAway(error: unknown): boolean {
  return (
    error instanceof RatchetError &&
    (error.type === ErrorType.Unavailable || error.type === ErrorType.RateLimited)
  );
}
