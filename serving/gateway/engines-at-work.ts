import type {Artifacts} from '../../stores/objects/artifacts.ts';
import type {Say} from '../../telemetry/log.ts';
import type {Tracing} from '../../telemetry/tracing.ts';
import {serviceEndpoints, type ServiceEndpoints} from '../clients/kubernetes/service-endpoints.ts';
import {AdapterClient} from '../targets/adapter-http.ts';
import {engineSet} from '../targets/engine-set.ts';
import {EnginePool} from './engine-pool.ts';
import {EngineWatch} from './engine-watch.ts';
import type {GatewaySettings} from './settings.ts';
import {Slots} from './slots.ts';
import {Upstream} from './upstream.ts';

/** Requests at an engine at once: an embedded one lets as many wait. */
const ENGINE_TAKES = 64;

/** The engines that the settings name, or those behind the Service that they name, and how much they take at once. */
export class EnginesAtWork {
  readonly pool: EnginePool;
  /** Completions that they work on at once. */
  readonly slots: Slots;
  readonly #watch: EngineWatch | null;
  readonly #service: ServiceEndpoints | null;

  private constructor(
    pool: EnginePool,
    slots: Slots,
    service: ServiceEndpoints | null,
    watch: EngineWatch | null,
  ) {
    this.pool = pool;
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
      open: (url) => ({
        upstream: new Upstream(url, {
          ...(settings.engineKey === undefined ? {} : {apiKey: settings.engineKey}),
          timeoutMs: settings.timeoutMs,
        }),
        target: engineSet({
          engines: [new AdapterClient(url, settings.engineKey)],
          artifacts,
          adapterFolder: settings.adapterFolder,
          ...(settings.adaptersOnEngines === undefined ? {} : {folderOnEngines: settings.adaptersOnEngines}),
        }),
      }),
      changed: (count) => (slots.most = concurrent(count)),
      tracing,
    });
    pool.use(settings.engines.map((url) => ({id: url, url})));
    const service = settings.service && (await serviceEndpoints(settings.service));
    const watch =
      service &&
      new EngineWatch({
        ready: () => service.ready(),
        use: (found) => pool.use(found),
        intervalMs: settings.pollMs,
        say,
      });
    return new EnginesAtWork(pool, slots, service, watch);
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
    this.pool.close();
    this.#service?.close();
  }
}
