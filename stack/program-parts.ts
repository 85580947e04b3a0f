import {randomBytes} from 'node:crypto';
import os from 'node:os';
import {pathToFileURL} from 'node:url';
import {childEnvironment, type ChildKind} from '../host/child-environment.ts';
import {compileCache, resolveEnvironment} from '../launcher/environment.js';
import {taskQueue, type QueueKind} from '../schemas/names.ts';
import type {ProjectConfig} from '../schemas/project.ts';
import {variablesOf} from '../serving/clients/providers/settings.ts';
import {currentOnce} from './current-version.ts';
import {answersHttp, polls} from './health.ts';
import {CODE_ROOT, ownProgram} from './own-program.ts';
import type {Part} from './part.ts';
import type {HeldPorts} from './ports.ts';
import {stackPaths} from './stack-file.ts';
import {temporalEnvironment, type TemporalAccess} from './temporal.ts';

/** `host:port` where RATCHET_WORKER_METRICS names one. */
const HOST_AND_PORT = /^(.*):(\d+)$/;
/**
 * The thread that answers collects its garbage itself: V8's own threads would take its one core from it, and it would wait for
 * them.
 */
export const GATEWAY_V8 = [heapOf(512), '--single-threaded-gc'];
/** What our own processes do beside their work. */
const PRELOAD = ['--import', pathToFileURL(ownProgram('stack/preload')).href];
/**
 * glibc keeps an arena of memory for nearly every thread, and Node, llama.cpp and Temporal's SDK have a dozen threads that
 * hardly allocate: 20 MB of each process. The gpu worker would hand it on to the trainer, and is left as it is.
 */
const ONE_ARENA = {MALLOC_ARENA_MAX: '1'};
/**
 * By itself glibc takes larger and larger pieces from that arena once such have been freed, and what lies between them keeps
 * it from shrinking: an idle gateway held 18 MB there, or 29, or 36. Bytes.
 */
export const GATEWAY_MALLOC = {
  ...ONE_ARENA,
  MALLOC_MMAP_THRESHOLD_: `${1 << 20}`,
  MALLOC_TRIM_THRESHOLD_: `${1 << 21}`,
};

/** A project as its stack knows it. */
export interface StackOf {
  readonly config: ProjectConfig;
  readonly file: string;
  readonly folder: string;
  readonly store: string;
  /** The row key, 64 hex digits. */
  readonly rowKey: string;
}

export interface ProgramsOf {
  readonly of: StackOf;
  readonly build: string;
  readonly temporal: TemporalAccess;
  /** Temporal is the user's own cluster. */
  readonly external: boolean;
  /** Of the engines that gateway and workers ask; none where they find a Service's themselves. */
  readonly engines: readonly string[];
}

interface Program {
  readonly name: string;
  /** From the code's root, without its extension. */
  readonly file: string;
  readonly args: readonly string[];
  readonly v8: readonly string[];
  readonly kind: ChildKind;
  /** Beside what every process of the project gets. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly after: Part['after'];
  readonly eager?: boolean;
  readonly serves?: boolean;
  readonly answers: Part['answers'];
  readonly graceMs: number;
}

/** The processes of a stack that run this package's own code. */
export class ProgramParts {
  readonly #of: ProgramsOf;
  readonly #common: Readonly<Record<string, string | undefined>>;
  readonly #asksTemporal: Readonly<Record<string, string | undefined>>;
  /** Another one with each start, and in no file: who is not a part of this stack asks its engines nothing. */
  readonly #engineKey: Readonly<Record<string, string>>;
  readonly #isCurrent: () => Promise<void>;

  constructor(programs: ProgramsOf) {
    const {of, build, temporal, external} = programs;
    const {config, folder, store, file} = of;
    this.#of = programs;
    this.#common = {
      // Code that was read before is not read again: a quarter of a start, and 20 MB of each process.
      NODE_COMPILE_CACHE: compileCache(resolveEnvironment().cache),
      RATCHET_STORE: store,
      RATCHET_PROJECT: config.project,
      RATCHET_PROJECT_FOLDER: folder,
      RATCHET_PROJECT_FILE: file,
    };
    this.#asksTemporal = temporalEnvironment(temporal, external, stackPaths(folder).temporalProfile);
    const embedded = config.engine.target === 'embedded';
    this.#engineKey = embedded ? {RATCHET_ENGINE_KEY: randomBytes(32).toString('base64url')} : {};
    this.#isCurrent = currentOnce(temporal, config.project, build);
  }

  /** `after`: names of the parts that they begin after. Their metrics' ports are taken from `ports`. */
  async workers(after: readonly string[], ports: HeldPorts): Promise<Part[]> {
    const cpus = cpuWorkers();
    const metricsOf = await metricsAddresses(ports, cpus + 2);
    const worker = (name: string, kind: QueueKind, graceMs: number) =>
      this.#worker({name, kind, graceMs, after, metrics: metricsOf.shift() ?? {}});
    return [
      worker('worker-workflow', 'workflow', 10_000),
      ...Array.from({length: cpus}, (_, i) => worker(`worker-cpu-${i + 1}`, 'cpu', 15_000)),
      worker('worker-gpu', 'gpu', 30_000),
    ];
  }

  #worker(worker: {
    readonly name: string;
    readonly kind: QueueKind;
    readonly graceMs: number;
    readonly after: readonly string[];
    readonly metrics: Readonly<Record<string, string>>;
  }): Part {
    const {name, kind, graceMs, after, metrics} = worker;
    const {of, temporal, external} = this.#of;
    const {project} = of.config;
    const isWorkflow = kind === 'workflow';
    return this.#node({
      name,
      file: 'workers/main',
      args: [
        '--kind',
        kind,
        '--project',
        project,
        ...(isWorkflow ? ['--hold'] : []),
        ...(external ? [] : ['--beside-temporal']),
      ],
      v8: [heapOf(isWorkflow ? 512 : 1024)],
      kind: `worker-${kind}`,
      env: {
        ...this.#asksTemporal,
        RATCHET_PROJECT_KEY: of.rowKey,
        ...(kind === 'cpu' ? this.#asksEngines : {}),
        ...(kind === 'gpu' ? {} : ONE_ARENA),
        ...metrics,
      },
      after,
      eager: true,
      answers: async (pid) => {
        await polls(temporal, taskQueue(project, kind), isWorkflow ? 'workflow' : 'activity', pid);
        if (isWorkflow) await this.#isCurrent();
      },
      graceMs,
    });
  }

  /** An embedded engine on `port`, the `i`-th. `model`: a GGUF file; null for the one in RATCHET_MODEL. */
  engine(i: number, port: number, {model, after}: {model: string | null; after: readonly string[]}): Part {
    const {threads, context} = this.#of.of.config.engine;
    const numbers = Object.entries({port, threads, context});
    return this.#node({
      name: `engine-${i}`,
      file: 'serving/engine/main',
      args: [
        ...numbers.flatMap(([name, value]) => [`--${name}`, `${value}`]),
        ...(model === null ? [] : ['--model', model]),
      ],
      v8: [heapOf(512)],
      kind: 'engine',
      env: {...this.#engineKey, ...ONE_ARENA},
      after,
      serves: true,
      answers: () => answersHttp(`http://127.0.0.1:${port}/health`),
      graceMs: 5_000,
    });
  }

  /** `url`: where it is reached from here. */
  async gateway(
    url: string,
    {port, adminPort, after}: {port: number; adminPort: number; after: readonly string[]},
    ports: HeldPorts,
  ): Promise<Part> {
    const {of} = this.#of;
    const {project, gateway} = of.config;
    return this.#node({
      name: 'gateway',
      file: 'serving/gateway/main',
      args: [
        '--project',
        project,
        '--host',
        gateway.host,
        '--port',
        `${port}`,
        '--admin-port',
        `${adminPort}`,
      ],
      v8: GATEWAY_V8,
      kind: 'gateway',
      env: {
        RATCHET_PROJECT_KEY: of.rowKey,
        ...this.#asksEngines,
        ...GATEWAY_MALLOC,
        ...(await gatewayMetrics(ports)),
      },
      after,
      serves: true,
      answers: () => answersHttp(`${url}/healthz`),
      graceMs: 15_000,
    });
  }

  /** Decrypts payloads for the UI on `uiPort`. */
  codec(url: string, port: number, uiPort: number): Part {
    return this.#node({
      name: 'codec',
      file: 'cli/codec/main',
      args: [
        '--port',
        `${port}`,
        ...['127.0.0.1', 'localhost'].flatMap((host) => ['--allow-origin', `http://${host}:${uiPort}`]),
      ],
      v8: [heapOf(128)],
      kind: 'codec',
      after: [],
      answers: () => answersHttp(`${url}/health`),
      graceMs: 2_000,
    });
  }

  get #asksEngines(): Readonly<Record<string, string>> {
    return {RATCHET_ENGINES: this.#of.engines.join(','), ...this.#engineKey};
  }

  #node({name, file, args, v8, kind, env, after, eager, serves, answers, graceMs}: Program): Part {
    return {
      name,
      command: process.execPath,
      args: [...v8, ...PRELOAD, ownProgram(file), ...args],
      env: {
        ...childEnvironment(kind, process.env, namedIn(this.#of.of.config, kind)),
        ...this.#common,
        ...env,
      },
      cwd: CODE_ROOT,
      after,
      eager,
      serves,
      answers,
      graceMs,
    };
  }
}

/**
 * The variables that the project's own settings name: those of vendors' models for who asks them, keys of a judge and of who is
 * notified for the cpu workers alone.
 */
function namedIn({gauntlet, notify, models}: ProjectConfig, kind: ChildKind): string[] {
  if (kind !== 'worker-cpu' && kind !== 'gateway') return [];
  const vendors = Object.values(models).flatMap((model) =>
    variablesOf(model.provider, {key: model.api_key_env, baseUrl: model.base_url_env}),
  );
  if (kind === 'gateway') return vendors;
  return [
    ...vendors,
    ...(gauntlet.judge === undefined ? [] : [gauntlet.judge.api_key_env]),
    ...notify.map(({secret_env}) => secret_env),
  ];
}

/** Processes = cores − 1, at least 1, as far as half the memory holds them (1.5 GB each); RATCHET_CPU_WORKERS overrides. */
function cpuWorkers(): number {
  const given = Number(process.env['RATCHET_CPU_WORKERS']);
  if (Number.isInteger(given) && given > 0) return given;
  const fitting = Math.floor(os.totalmem() / 2 / 1.5e9);
  return Math.max(1, Math.min(os.availableParallelism() - 1, fitting));
}

/**
 * Where each of `count` workers shows its metrics: on the port that RATCHET_WORKER_METRICS names and the next free ones.
 * Nothing where it is unset; what is no address is handed on, for the worker to refuse.
 */
async function metricsAddresses(ports: HeldPorts, count: number): Promise<Record<string, string>[]> {
  const [, host, port] = HOST_AND_PORT.exec(process.env['RATCHET_WORKER_METRICS'] ?? '') ?? [];
  if (port === undefined) return [];
  const addresses: Record<string, string>[] = [];
  for (let i = 0; i < count; i++)
    addresses.push({RATCHET_WORKER_METRICS: `${host}:${await ports.take(Number(port) + i)}`});
  return addresses;
}

/** The same for the gateway, by RATCHET_GATEWAY_METRICS. */
async function gatewayMetrics(ports: HeldPorts): Promise<Record<string, string>> {
  const [, host, port] = HOST_AND_PORT.exec(process.env['RATCHET_GATEWAY_METRICS'] ?? '') ?? [];
  return port === undefined ? {} : {RATCHET_GATEWAY_METRICS: `${host}:${await ports.take(Number(port))}`};
}

function heapOf(mb: number): string {
  return `--max-old-space-size=${mb}`;
}
