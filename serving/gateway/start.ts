import type {Release} from '../../schemas/release.ts';
import {dayOf} from '../../stores/access/key-usage.ts';
import {ProvenDeployments} from '../../stores/audit/proven-deployment.ts';
import {openStores, withRowKey} from '../../stores/stores.ts';
import type {Say} from '../../telemetry/log.ts';
import {startTelemetry} from '../../telemetry/start.ts';
import {serviceEndpoints} from '../clients/kubernetes/service-endpoints.ts';
import {AdapterClient} from '../targets/adapter-http.ts';
import {engineSet} from '../targets/engine-set.ts';
import {Access} from './access.ts';
import {adminServer, metricsServer} from './admin-server.ts';
import {Answerer} from './answerer.ts';
import {baseTokenizer, type BaseTokenizer} from './base-tokenizer.ts';
import {DeploymentWatch} from './deployment-watch.ts';
import {EnginePool} from './engine-pool.ts';
import {EngineWatch} from './engine-watch.ts';
import {FeedbackDesk} from './feedback-desk.ts';
import {FeedbackJournal} from './feedback-journal.ts';
import {Gateway} from './gateway.ts';
import {HeldBytes} from './held-bytes.ts';
import {KeyCounts} from './key-counts.ts';
import {KeyWatch} from './key-watch.ts';
import {listenOn} from '../listen-on.ts';
import {isLoopback} from '../../core/access/loopback.ts';
import {Metrics} from './metrics.ts';
import {gatewayServer} from './server.ts';
import {RawLog} from './raw-log.ts';
import {ReleaseTokenizers} from './release-tokenizers.ts';
import type {GatewaySettings} from './settings.ts';
import {RequestReader} from './request-reader.ts';
import {ShadowQueue} from './shadow-queue.ts';
import {Slots} from './slots.ts';
import {TraceLog} from './trace-log.ts';
import {TraceWriter} from './trace-writer.ts';
import {Upstream} from './upstream.ts';

/** Requests at an engine at once: an embedded one lets as many wait. */
const ENGINE_TAKES = 64;
/** Traces kept while the store is away: most are of ~1 KB, and one is as large as the text that was asked. */
const TRACES_IN_MEMORY = {limit: 50_000, limitBytes: 64 * 2 ** 20} as const;
/** Whole mails; those being written are as much again. */
const RAW_IN_MEMORY = {limit: 1000, limitBytes: 32 * 2 ** 20} as const;
const SWEEP_MS = 600_000;
/** How often what keys were used for is written, and what the other gateways wrote is read. */
const COUNTS_MS = 5000;
const COUNTS_KEPT_MS = 90 * 86_400_000;

export interface RunningGateway {
  readonly url: string;
  /** Of the listener for operators. */
  readonly adminUrl: string;
  /** Answers what was begun, then writes what is pending. */
  stop(): Promise<void>;
}

async function localTokenizer(model: string | null): Promise<BaseTokenizer | null> {
  return model === null ? null : baseTokenizer(model);
}

/** Puts the gateway together and listens. Throws InvalidInput for settings that cannot be used. */
export async function startGateway(
  settings: GatewaySettings,
  say: Say,
  base: Promise<BaseTokenizer | null> = localTokenizer(settings.model),
): Promise<RunningGateway> {
  const {project, key} = settings;
  const stores = withRowKey(await openStores(settings.store, {process: 'gateway'}), key);
  const tokenizers = new ReleaseTokenizers(await base, settings.model);
  const metrics = new Metrics();
  const telemetry = await startTelemetry({part: 'gateway', project, registry: metrics.registry});
  const warn = (message: string) => say(message, {level: 'warn'});

  const concurrent = (count: number) => settings.concurrent ?? ENGINE_TAKES * Math.max(1, count);
  const slots = new Slots(concurrent(0));
  const engines = new EnginePool({
    open: (url) => ({
      upstream: new Upstream(url, {
        ...(settings.engineKey === undefined ? {} : {apiKey: settings.engineKey}),
        timeoutMs: settings.timeoutMs,
      }),
      target: engineSet({
        engines: [new AdapterClient(url, settings.engineKey)],
        artifacts: stores.artifacts,
        adapterFolder: settings.adapterFolder,
        ...(settings.adaptersOnEngines === undefined ? {} : {folderOnEngines: settings.adaptersOnEngines}),
      }),
    }),
    changed: (count) => (slots.most = concurrent(count)),
    tracing: telemetry.tracing,
  });
  engines.use(settings.engines.map((url) => ({id: url, url})));
  const service = settings.service && (await serviceEndpoints(settings.service));
  const engineWatch =
    service &&
    new EngineWatch({
      ready: () => service.ready(),
      use: (found) => engines.use(found),
      intervalMs: settings.pollMs,
      say,
    });

  const proofs = new ProvenDeployments(stores, project);
  const watch = new DeploymentWatch({
    project,
    stores,
    key,
    intervalMs: settings.pollMs,
    prove: (deployment) => proofs.prove(deployment),
    prepare: async (release: Release) => {
      await tokenizers.prepare(release);
      await engines.prepare(release);
    },
    forget: (release) => engines.forget(release),
    glassBroken: () => metrics.glassBroken.inc(),
    say,
  });

  const keys = new KeyWatch({project, stores, intervalMs: settings.pollMs, say});
  const counts = new KeyCounts({project, usage: stores.keyUsage});
  const accessOf = (host: string) =>
    new Access({
      project,
      ring: () => keys.ring,
      always: !isLoopback(host),
      counts,
      mostRequests: () => slots.most + settings.waiting,
      mostRequestsOfAKey: settings.concurrentPerKey,
    });
  const access = accessOf(settings.host);
  const shareCounts = async () => {
    try {
      await counts.write();
      if (keys.ring?.budgets) await counts.readOthers();
    } catch (error) {
      metrics.keyCountFailures.inc();
      say(`what keys were used for could not be written or read: ${(error as Error).message}`);
    }
  };
  const sweepCounts = () =>
    stores.keyUsage
      .sweep(project, dayOf(Date.now() - COUNTS_KEPT_MS))
      .catch((error: Error) => say(`old counts of keys could not be deleted: ${error.message}`));

  const writer = new TraceWriter({store: settings.store, project});
  const traces = new TraceLog({
    write: (page) => writer.write(page),
    flushMs: settings.flushMs,
    flushTraces: settings.flushTraces,
    ...TRACES_IN_MEMORY,
    failed: (error) => {
      metrics.traceFailures.inc();
      warn(`traces could not be written, they are kept: ${error.message}`);
    },
    dropped: (count) => metrics.tracesDropped.inc(count),
  });

  const journal = await FeedbackJournal.open(
    settings.state,
    async (entries) => {
      const missing = entries.flatMap(({trace}) => (trace === null ? [] : [trace]));
      if (missing.length > 0)
        await stores.traces.append(project, [...new Map(missing.map((trace) => [trace.id, trace])).values()]);
      await stores.traces.appendFeedback(
        project,
        entries.map(({feedback}) => feedback),
      );
    },
    (message) => warn(message),
  );
  const flushFeedback = () =>
    journal.flush().catch((error: Error) => {
      metrics.feedbackFailures.inc();
      warn(`feedback could not be written, it stays in ${settings.state}: ${error.message}`);
    });

  const raw =
    settings.rawLifetimeMs === null
      ? null
      : new RawLog({
          objects: stores.objects,
          project,
          key,
          lifetimeMs: settings.rawLifetimeMs,
          ...RAW_IN_MEMORY,
        });
  const flushRaw = () =>
    raw
      ?.flush()
      .catch((error: Error) => warn(`raw exchanges could not be written, they are kept: ${error.message}`));
  const sweepRaw = () =>
    raw?.sweep().catch((error: Error) => warn(`old raw exchanges could not be deleted: ${error.message}`));

  const shadows = new ShadowQueue({
    limit: settings.shadowQueue,
    mayStart: () => engines.idle,
    dropped: () => metrics.shadowDropped.inc(),
    patienceMs: settings.shadowPatienceMs,
    pollMs: 20,
  });
  const reader = new RequestReader({key, deadlineMs: settings.transformMs});
  const answerer = new Answerer({
    reader,
    project,
    key,
    tokenizerOf: (release) => tokenizers.of(release),
    engines,
  });
  const gateway = new Gateway({
    project,
    key,
    watch,
    answerer,
    traces,
    shadows,
    metrics,
    counts,
    raw,
    engineHour: settings.engineHour,
    beforeFirstRelease: settings.beforeFirstRelease,
    tracing: telemetry.tracing,
  });
  metrics.observe({watch, keys, access, slots, engines, traces, journal, shadows});
  const health = {project, gateway, watch, keys, engines, traces, journal};

  const app = gatewayServer({
    gateway,
    watch,
    access,
    limits: settings.limits,
    json: settings.json,
    held: new HeldBytes(settings.held),
    slots,
    health,
    desk: new FeedbackDesk({
      project,
      traces,
      journal,
      stored: (id) => stores.traces.find(project, id),
      labelsOf: (task) => gateway.labelsOf(task),
      scrub: (text, lane) => reader.readCorrection(text, lane),
    }),
    metrics,
    failed: (error, trace) => say(`failed: ${error.message}`, {level: 'error', trace}),
  });
  const admin = adminServer({access, health, counts, metrics, limits: settings.limits});
  const scraped = settings.metrics && {
    ...settings.metrics,
    server: metricsServer({access: accessOf(settings.metrics.host), metrics, limits: settings.limits}),
  };
  // Engines first: a deployment is taken over once those have it that are there.
  await engineWatch?.start();
  await Promise.all([watch.read(), keys.read()]);
  // What a former process of today let in counts, too.
  await shareCounts();
  const url = await listenOn(app, settings, '--host and --port');
  const adminUrl = await listenOn(admin, {host: '127.0.0.1', port: settings.adminPort}, '--admin-port')
    .then(async (own) => {
      if (scraped) await listenOn(scraped.server, scraped, '--metrics (or RATCHET_GATEWAY_METRICS)');
      return own;
    })
    .catch(async (error) => {
      await Promise.all([app.close(), admin.close()]);
      throw error;
    });
  if (!isLoopback(settings.host) && keys.ring?.any === false)
    say(
      `listens on ${settings.host}, beyond loopback, and ${project} has no key: every request is answered 401 until there ` +
        `is one (ratchet api-keys create NAME --project ${project})`,
    );
  watch.start();
  keys.start();
  traces.start();
  const flushing = setInterval(() => {
    void flushFeedback();
    void flushRaw();
  }, settings.flushMs);
  const counting = setInterval(() => void shareCounts(), COUNTS_MS);
  const sweep = () => {
    void sweepRaw();
    void sweepCounts();
  };
  sweep();
  const sweeping = setInterval(sweep, SWEEP_MS);

  return {
    url,
    adminUrl,
    stop: async () => {
      watch.stop();
      keys.stop();
      engineWatch?.stop();
      clearInterval(flushing);
      clearInterval(counting);
      clearInterval(sweeping);
      await app.close();
      await admin.close();
      await scraped?.server.close();
      shadows.stop();
      await traces.stop();
      await flushFeedback();
      // A flush under way took what was there when it began.
      await flushRaw();
      await flushRaw();
      await shareCounts();
      await writer.close();
      await reader.close();
      engines.close();
      service?.close();
      await telemetry.stop();
    },
  };
}
