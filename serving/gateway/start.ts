import {engineModelsOf} from '../../core/releases/models.ts';
import type {BaseModel} from '../../schemas/release.ts';
import {ProvenDeployments} from '../../stores/audit/proven-deployment.ts';
import {openStores, withRowKey, type Stores} from '../../stores/stores.ts';
import type {Say} from '../../telemetry/log.ts';
import {saySeldom} from '../../telemetry/say-seldom.ts';
import {startTelemetry} from '../../telemetry/start.ts';
import type {Tracing} from '../../telemetry/tracing.ts';
import {Admission} from './admission.ts';
import {Answerer} from './answerer.ts';
import {baseTokenizer, type BaseTokenizer} from './base-tokenizer.ts';
import {DeploymentWatch} from './deployment-watch.ts';
import {EnginesAtWork} from './engines-at-work.ts';
import {FeedbackDesk} from './feedback-desk.ts';
import {Gateway} from './gateway.ts';
import {HeldBytes} from './held-bytes.ts';
import {Listeners} from './listeners.ts';
import {Metrics} from './metrics.ts';
import type {GatewayError} from './gateway-error.ts';
import {ProviderAnswers} from './provider-answers.ts';
import {Records} from './records.ts';
import {ReleaseTokenizers} from './release-tokenizers.ts';
import {RequestReader} from './request-reader.ts';
import type {ServerParts} from './server.ts';
import type {GatewaySettings} from './settings.ts';
import {ShadowQueue} from './shadow-queue.ts';

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
  const {tracing} = telemetry;

  const engines = await EnginesAtWork.open(settings, {artifacts: stores.artifacts, tracing, say});
  const {slots} = engines;
  const admission = new Admission({settings, stores, slots, metrics, say});
  const records = await Records.open({settings, stores, metrics, say});
  const {models, tokenPrices} = settings;
  const seldom = saySeldom(say);
  const broken = (message: string) => seldom(message, {level: 'error'});
  const providers = new ProviderAnswers({models, tokenPrices, tracing, broken});
  const watch = deploymentWatch({settings, say, stores, metrics, engines, tokenizers, providers});
  const parts: Parts = {
    settings,
    say,
    stores,
    metrics,
    tracing,
    engines,
    tokenizers,
    providers,
    admission,
    records,
    watch,
  };
  const answering = answeringOf(parts);
  const listeners = listenersOf(parts, answering);

  // Engines first: a deployment is taken over once those have it that are there.
  await engines.start();
  await Promise.all([watch.read(), admission.read()]);
  const urls = await listeners.open();
  watch.start();
  admission.start();
  records.start();
  return {
    ...urls,
    stop: async () => {
      watch.stop();
      admission.stop();
      engines.stop();
      await listeners.close();
      answering.shadows.stop();
      await records.stop();
      await admission.close();
      await answering.reader.close();
      engines.close();
      await providers.close();
      await telemetry.stop();
    },
  };
}

interface Parts {
  readonly settings: GatewaySettings;
  readonly say: Say;
  readonly stores: Stores;
  readonly metrics: Metrics;
  readonly tracing: Tracing | null;
  readonly engines: EnginesAtWork;
  readonly tokenizers: ReleaseTokenizers;
  readonly providers: ProviderAnswers;
  readonly admission: Admission;
  readonly records: Records;
  readonly watch: DeploymentWatch;
}

/** Follows what is deployed: a release answers once the audit chain proves it and the engines have it. */
function deploymentWatch({
  settings,
  say,
  stores,
  metrics,
  engines,
  tokenizers,
  providers,
}: Omit<Parts, 'admission' | 'records' | 'watch' | 'tracing'>): DeploymentWatch {
  const {project, key, pollMs: intervalMs} = settings;
  const proofs = new ProvenDeployments(stores, project);
  return new DeploymentWatch({
    project,
    stores,
    key,
    intervalMs,
    prove: (deployment) => proofs.prove(deployment),
    prepare: async (release) => {
      await tokenizers.prepare(release);
      providers.prepare(release);
      for (const model of engineModelsOf(release)) await engines.pool.members.prepare(model);
    },
    forget: (model) => engines.pool.members.forget(model),
    glassBroken: () => metrics.glassBroken.inc(),
    say,
  });
}

interface Answering {
  readonly gateway: Gateway;
  readonly reader: RequestReader;
  readonly shadows: ShadowQueue;
}

function answeringOf(parts: Parts): Answering {
  const {settings, say, watch, metrics, tracing, admission, records, tokenizers, providers} = parts;
  const {project, key, engineHour, beforeFirstRelease} = settings;
  const {completions, pool} = parts.engines;
  const shadows = new ShadowQueue({
    limit: settings.shadowQueue,
    // Vendors' models are never busy with users.
    mayStart: () => pool.idle || pool.members.all.length === 0,
    dropped: () => metrics.shadowDropped.inc(),
    patienceMs: settings.shadowPatienceMs,
    pollMs: 20,
  });
  const reader = new RequestReader({key, deadlineMs: settings.transformMs});
  const tokenizerOf = (base: BaseModel) => tokenizers.of(base);
  const seldom = saySeldom(say);
  const fellBack = (task: string, from: string, to: string, why: GatewayError) => {
    metrics.fellBack.inc({task, from, to});
    seldom(`${task}: ${from} does not answer (${why.code}): ${to} is asked`, {level: 'warn'});
  };
  const answerer = new Answerer({reader, project, key, tokenizerOf, completions, providers, fellBack});
  const gateway = new Gateway({
    project,
    key,
    watch,
    answerer,
    traces: records.traces,
    raw: records.raw,
    counts: admission.counts,
    shadows,
    metrics,
    engineHour,
    beforeFirstRelease,
    tracing,
  });
  return {gateway, reader, shadows};
}

function listenersOf(parts: Parts, {gateway, reader, shadows}: Answering): Listeners {
  const {settings, say, stores, metrics, engines, admission, records, watch} = parts;
  const {project, limits, json} = settings;
  const {looks, slots} = engines;
  const {traces, journal} = records;
  const {keys} = admission;
  const access = admission.at(settings.host);
  metrics.observe({watch, keys, access, slots, engines: looks, traces, journal, shadows});
  const desk = new FeedbackDesk({
    project,
    traces,
    journal,
    stored: (id) => stores.traces.find(project, id),
    labelsOf: (task) => gateway.labelsOf(task),
    scrub: (text, lane) => reader.readCorrection(text, lane),
  });
  const server: ServerParts = {
    gateway,
    watch,
    access,
    limits,
    json,
    held: new HeldBytes(settings.held),
    slots,
    health: {project, gateway, watch, keys, engines: looks, traces, journal},
    desk,
    metrics,
    failed: (error, trace) => say(`failed: ${error.message}`, {level: 'error', trace}),
  };
  return new Listeners(settings, server, admission);
}
