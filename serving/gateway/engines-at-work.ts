import type {Artifacts} from '../../stores/objects/artifacts.ts';
import type {Say} from '../../telemetry/log.ts';
import type {Tracing} from '../../telemetry/tracing.ts';
import {serviceEndpoints, type ServiceEndpoints} from '../clients/kubernetes/service-endpoints.ts';
import type {OpenEngine} from '../pool/engine-members.ts';
import {EnginePool} from '../pool/engine-pool.ts';
import {AdapterClient} from '../targets/adapter-http.ts';
import {engineSet} from '../targets/engine-set.ts';
import {Completions, verdictOf} from './completions.ts';
import {EngineLooks} from './engine-looks.ts';
import {EngineWatch} from './engine-watch.ts';
import type {GatewaySettings} from './settings.ts';
import {Slots} from './slots.ts';
import {Upstream} from './upstream.ts';

/** Requests at an engine at once: an embedded one lets as many wait. */
const ENGINE_TAKES = 64;
/** A request that finds an engine dead goes to the next at once; one that is started anew is back within seconds. */
const DOWN_MS = 1000;

/** The engines that the settings name, or those behind the Service that they name, and how much they take at once. */
export class EnginesAtWork {
  readonly pool: EnginePool<Upstream>;
  readonly completions: Completions;
  readonly looks: EngineLooks;
  /** Completions that they work on at once. */
  readonly slots: Slots;
  readonly #watch: EngineWatch | null;
  readonly #service: ServiceEndpoints | null;

  private constructor({
    pool,
    slots,
    tracing,
    service,
    watch,
  }: {
    readonly pool: EnginePool<Upstream>;
    readonly slots: Slots;
    readonly tracing: Tracing | null;
    readonly service: ServiceEndpoints | null;
    readonly watch: EngineWatch | null;
  }) {
    this.pool = pool;
    this.completions = new Completions(pool, tracing);
    this.looks = new EngineLooks(pool);
    this.slots = slots;
    this.#service = service;
    this.#watch = watch;
  }

  static async open(
    settings: GatewaySettings,
    {artifacts, tracing, say}: {artifacts: Artifacts; tracing: Tracing | null; say: Say},
  ): Promise<EnginesAtWork> {
    const concurrent = (count: number) => settings.concurrent ?? ENGINE_TAKES * Math.max(1, count);
    const slots = new Slots(concurrent(0));
    const pool = new EnginePool({
      open: ({url}) => openEngine(url, settings, artifacts),
      verdict: verdictOf,
      downMs: DOWN_MS,
      changed: (count) => (slots.most = concurrent(count)),
    });
    pool.members.use(settings.engines.map((url) => ({id: url, url})));
    const service = settings.service && (await serviceEndpoints(settings.service));
    const watch =
      service &&
      new EngineWatch({
        ready: () => service.ready(),
        use: (found) => pool.members.use(found),
        intervalMs: settings.pollMs,
        say,
      });
    return new EnginesAtWork({pool, slots, tracing, service, watch});
  }

  /** Finds those of a Service. Throws what waiting does not fix: InvalidInput, AccessDenied. */
  async start(): Promise<void> {
    await this.#watch?.start();
  }

  /** Follows the Service no further; requests under way go on. */
  stop(): void {
    this.#watch?.stop();
  }

  close(): void {
    this.pool.members.close();
    this.#service?.close();
  }
}

function openEngine(url: string, settings: GatewaySettings, artifacts: Artifacts): OpenEngine<Upstream> {
  const {engineKey, timeoutMs, adapterFolder, adaptersOnEngines} = settings;
  const client = new Upstream(url, {...(engineKey === undefined ? {} : {apiKey: engineKey}), timeoutMs});
  const target = engineSet({
    engines: [new AdapterClient(url, engineKey)],
    artifacts,
    adapterFolder,
    ...(adaptersOnEngines === undefined ? {} : {folderOnEngines: adaptersOnEngines}),
  });
  return {
    url: client.url,
    client,
    give: async (release) => {
      const model = await target.ensureAdapter(release);
      await target.prove(release);
      return model;
    },
    unload: (model) => target.unload(model),
    close: () => client.close(),
  };
}
