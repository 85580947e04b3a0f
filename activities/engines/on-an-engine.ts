import {ModelNotServedError} from '../../serving/clients/inference/failures.ts';
import type {InferenceClient} from '../../serving/clients/inference/inference-client.ts';
import {openaiInference} from '../../serving/clients/inference/openai-inference.ts';
import type {Endpoint} from '../../serving/clients/kubernetes/service-endpoints.ts';
import {keyOf, type OpenEngine} from '../../serving/pool/engine-members.ts';
import {EnginePool, type Verdict} from '../../serving/pool/engine-pool.ts';
import type {Served} from '../../serving/targets/deploy-target.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {serviceOf, type ProjectConfig} from '../../schemas/project.ts';
import type {ActivityContext} from '../context.ts';
import {deployTarget} from './deploy-target.ts';
import {findEngines} from './find-engines.ts';

/** What an engine that failed is passed over for: the client's attempts on a dead one take most of a second each time. */
const DOWN_MS = 10_000;

type EngineConfig = Pick<ProjectConfig, 'engine'>;
interface Client {
  readonly inference: InferenceClient;
  /** What the engine calls what it was given, by `keyOf`. */
  readonly models: ReadonlyMap<string, string>;
}
/** Of a worker, by where its engines are found. */
const pools = new WeakMap<ActivityContext, Map<string, EnginePool<Client>>>();

/**
 * Asks one engine on a release's behalf: the least busy one, engines that failed lately last; where it does not answer, the
 * next. An engine is given the release's adapter before the first question, and, where engines come and go, proves it; one that
 * was started anew has forgotten it, is given it again, and asked again. Throws what the last engine failed with.
 */
export async function onAnEngine<T>(
  context: ActivityContext,
  config: EngineConfig,
  release: Served,
  ask: (client: InferenceClient, model: string) => Promise<T>,
): Promise<T> {
  const found = await findEngines(context, config);
  // Says that the worker knows no engine.
  if (found.length === 0) deployTarget(context, config);
  const pool = poolOf(context, config);
  pool.members.use(found);
  return pool.ask((engine) =>
    pool.withAdapter(engine, release, async () => {
      const {inference, models} = engine.client;
      return ask(inference, models.get(keyOf(release)) ?? (await pool.members.give(engine, release)));
    }),
  );
}

function poolOf(context: ActivityContext, config: EngineConfig): EnginePool<Client> {
  const ofWorker = pools.get(context) ?? new Map<string, EnginePool<Client>>();
  pools.set(context, ofWorker);
  const {target} = config.engine;
  const where = JSON.stringify(serviceOf(config) ?? (target === 'embedded' ? target : 'vllm'));
  const pool =
    ofWorker.get(where) ??
    new EnginePool({
      open: (engine) => openEngine(context, config, engine),
      verdict: verdictOf,
      downMs: DOWN_MS,
    });
  ofWorker.set(where, pool);
  return pool;
}

function openEngine(context: ActivityContext, config: EngineConfig, engine: Endpoint): OpenEngine<Client> {
  const {engineKey} = context;
  const {url} = engine;
  const target = deployTarget(context, config, engine);
  const models = new Map<string, string>();
  return {
    url,
    client: {
      inference: openaiInference({baseUrl: url, ...(engineKey === undefined ? {} : {apiKey: engineKey})}),
      models,
    },
    give: async (release) => {
      models.delete(keyOf(release));
      const model = await target.ensureAdapter(release);
      // It may not have been there when all were made to prove it.
      if (serviceOf(config) !== null) await target.prove(release);
      models.set(keyOf(release), model);
      return model;
    },
    unload: (model) => target.unload(model),
    close: () => undefined,
  };
}

/** An engine that does not answer, or takes no more questions now, is down: another one may answer. */
function verdictOf(error: unknown): Verdict {
  if (error instanceof ModelNotServedError) return 'lost';
  if (!(error instanceof RatchetError)) return 'question';
  return error.type === ErrorType.Unavailable || error.type === ErrorType.RateLimited ? 'down' : 'question';
}
