import {randomBytes} from 'node:crypto';
import {accessSync, constants} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {RatchetError} from '../schemas/errors.ts';
import {SEARCH_ATTRIBUTES, taskQueue} from '../schemas/names.ts';
import type {QueueKind} from '../schemas/names.ts';
import {DEFAULT_MODEL, serviceOf, type ProjectConfig} from '../schemas/project.ts';
import {kubernetesConnection} from '../serving/clients/kubernetes/credentials.ts';
import {codecKeys} from '../temporal/payload-codec/codec-keys.ts';
import {thisBuild} from '../host/build.ts';
import {childEnvironment, type ChildKind} from '../host/child-environment.ts';
import {compileCache, resolveEnvironment} from '../launcher/environment.js';
import {answersHttp, answersTemporal, polls} from './health.ts';
import {currentOnce} from './current-version.ts';
import {CODE_ROOT, ownProgram} from './own-program.ts';
import type {Part} from './part.ts';
import type {HeldPorts} from './ports.ts';
import {readStack, stackPaths} from './stack-file.ts';
import {externalTemporal, localTemporal, temporalEnvironment} from './temporal.ts';
import type {StackPlan} from './supervisor.ts';

/** `host:port` where RATCHET_WORKER_METRICS names one. */
const HOST_AND_PORT = /^(.*):(\d+)$/;
const TEMPORAL_PORT = 7233;
const TEMPORAL_UI_PORT = 8233;
const ENGINE_PORT = 8101;
const CODEC_PORT = 8234;
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

export interface StackOf {
  readonly config: ProjectConfig;
  readonly file: string;
  readonly folder: string;
  readonly store: string;
  /** The row key, 64 hex digits. */
  readonly rowKey: string;
}

/** The processes of a project's local stack, on ports that are free now; a former start's ports are tried first. */
export async function planStack(of: StackOf, ports: HeldPorts): Promise<StackPlan> {
  const {config, folder} = of;
  const former = readStack(folder);
  const port = (wanted: number, before?: string | null) => ports.take(portOf(before) ?? wanted);

  const external = externalTemporal();
  const ours = former !== undefined && former.ui !== null;
  const temporalPort = external ? 0 : await port(TEMPORAL_PORT, ours ? former.temporal : undefined);
  const uiPort = external ? 0 : await port(TEMPORAL_UI_PORT, ours ? former.ui : undefined);
  const codecPort = external || codecKeys().length === 0 ? null : await port(CODEC_PORT, former?.codec);
  const codec = codecPort === null ? undefined : `http://127.0.0.1:${codecPort}`;
  const temporal = external ?? localTemporal(`127.0.0.1:${temporalPort}`);
  const embedded = config.engine.target === 'embedded';
  const model = embedded ? embeddedModel(config, folder) : null;
  const enginePorts: number[] = [];
  if (embedded)
    for (let i = 0; i < config.engine.processes; i++)
      enginePorts.push(await port(ENGINE_PORT + i, embeddedBefore(former?.engines[i])));
  const gatewayPort = await port(
    config.gateway.port,
    config.gateway.port === 0 ? former?.gateway : undefined,
  );
  const adminPort = await port(
    config.gateway.admin_port,
    config.gateway.admin_port === 0 ? former?.admin : undefined,
  );
  const engines = Array.isArray(config.engine.target)
    ? config.engine.target
    : enginePorts.map((one) => `http://127.0.0.1:${one}`);
  // Gateway and workers find a Service's engines themselves; that they know no cluster is said here, once.
  if (serviceOf(config) !== null) await kubernetesConnection();
  const gateway = `http://${reachable(config.gateway.host)}:${gatewayPort}`;

  const {id: build} = await thisBuild();
  const isCurrent = currentOnce(temporal, config.project, build);
  const env = {
    // Code that was read before is not read again: a quarter of a start, and 20 MB of each process.
    NODE_COMPILE_CACHE: compileCache(resolveEnvironment().cache),
    RATCHET_STORE: of.store,
    RATCHET_PROJECT: config.project,
    RATCHET_PROJECT_FOLDER: folder,
    RATCHET_PROJECT_FILE: of.file,
  };
  // Another one with each start, and in no file: who is not a part of this stack asks its engines nothing.
  const engineKey = embedded ? {RATCHET_ENGINE_KEY: randomBytes(32).toString('base64url')} : {};
  const asksEngines = {RATCHET_ENGINES: engines.join(','), ...engineKey};
  const rowKey = {RATCHET_PROJECT_KEY: of.rowKey};
  const asksTemporal = temporalEnvironment(
    temporal,
    external !== undefined,
    stackPaths(folder).temporalProfile,
  );
  const node = (
    name: string,
    program: string,
    args: readonly string[],
    rest: Pick<Part, 'after' | 'answers' | 'graceMs'>,
    v8: readonly string[],
    kind: ChildKind,
    own: Readonly<Record<string, string | undefined>> = {},
  ): Part => ({
    name,
    command: process.execPath,
    args: [...v8, ...PRELOAD, ownProgram(program), ...args],
    env: {
      ...childEnvironment(kind, process.env, kind === 'worker-cpu' ? namedIn(config) : []),
      ...env,
      ...own,
    },
    cwd: CODE_ROOT,
    ...rest,
  });

  const temporalPart: Part[] = external
    ? []
    : [
        {
          name: 'temporal',
          command: temporalBinary(),
          args: [
            ...temporalArgs(temporalPort, uiPort, stackPaths(folder).temporalDb),
            ...(codec === undefined ? [] : ['--ui-codec-endpoint', codec]),
          ],
          // Half as much of what it no longer needs is kept before Go collects it.
          env: {GOGC: '50', ...childEnvironment('temporal', process.env)},
          cwd: folder,
          after: [],
          answers: () => answersTemporal(temporal),
          graceMs: 10_000,
        },
      ];
  const metricsOf = await metricsAddresses(ports, cpuWorkers() + 2);
  const worker = (name: string, kind: QueueKind, graceMs: number): Part =>
    node(
      name,
      'workers/main',
      ['--kind', kind, '--project', config.project, ...(kind === 'workflow' ? ['--hold'] : [])],
      {
        after: temporalPart.map((part) => part.name),
        answers: async (pid) => {
          const type = kind === 'workflow' ? 'workflow' : 'activity';
          await polls(temporal, taskQueue(config.project, kind), type, pid);
          if (kind === 'workflow') await isCurrent();
        },
        graceMs,
      },
      [heapOf(kind === 'workflow' ? 512 : 1024)],
      `worker-${kind}`,
      {
        ...{...asksTemporal, ...rowKey, ...(kind === 'cpu' ? asksEngines : {})},
        ...{...(kind === 'gpu' ? {} : ONE_ARENA), ...metricsOf.shift()},
      },
    );
  const workers = [
    worker('worker-workflow', 'workflow', 10_000),
    ...Array.from({length: cpuWorkers()}, (_, i) => worker(`worker-cpu-${i + 1}`, 'cpu', 15_000)),
    worker('worker-gpu', 'gpu', 30_000),
  ];
  // Last, since loading a model takes the cores that the workers need to begin a run with; its first stages ask no engine.
  const engineParts = enginePorts.map((one, i) =>
    node(
      `engine-${i + 1}`,
      'serving/engine/main',
      [
        ...['--port', `${one}`, '--threads', `${config.engine.threads}`],
        ...['--context', `${config.engine.context}`, ...(model === null ? [] : ['--model', model])],
      ],
      {
        after: workers.map((part) => part.name),
        answers: () => answersHttp(`http://127.0.0.1:${one}/health`),
        graceMs: 5_000,
      },
      [heapOf(512)],
      'engine',
      {...engineKey, ...ONE_ARENA},
    ),
  );
  const gatewayPart = node(
    'gateway',
    'serving/gateway/main',
    [
      ...['--project', config.project, '--host', config.gateway.host],
      ...['--port', `${gatewayPort}`, '--admin-port', `${adminPort}`],
    ],
    {
      after: engineParts.map((part) => part.name),
      answers: () => answersHttp(`${gateway}/healthz`),
      graceMs: 15_000,
    },
    GATEWAY_V8,
    'gateway',
    {...rowKey, ...asksEngines, ...GATEWAY_MALLOC, ...(await gatewayMetrics(ports))},
  );
  const codecParts: Part[] =
    codec === undefined
      ? []
      : [
          node(
            'codec',
            'cli/codec/main',
            [
              ...['--port', `${codecPort}`],
              ...['127.0.0.1', 'localhost'].flatMap((host) => ['--allow-origin', `http://${host}:${uiPort}`]),
            ],
            {
              after: [],
              answers: () => answersHttp(`${codec}/health`),
              graceMs: 2_000,
            },
            [heapOf(128)],
            'codec',
          ),
        ];
  return {
    folder,
    project: config.project,
    file: of.file,
    store: of.store,
    build,
    addresses: {
      temporal: temporal.address,
      namespace: temporal.namespace,
      ui: external ? null : `http://127.0.0.1:${uiPort}`,
      ...(codec === undefined ? {} : {codec}),
      gateway,
      admin: `http://127.0.0.1:${adminPort}`,
      engines,
    },
    parts: [...temporalPart, ...codecParts, ...workers, ...engineParts, gatewayPart],
  };
}

/**
 * The GGUF file that embedded engines serve; null for the one in RATCHET_MODEL. Throws InvalidInput where that would be another
 * model than the one that is trained.
 */
function embeddedModel({base_model: base}: ProjectConfig, folder: string): string | null {
  if (base.kind === 'gguf') return base.path === undefined ? null : path.resolve(folder, base.path);
  const given = process.env['RATCHET_MODEL'];
  if (given && !given.endsWith(path.join(DEFAULT_MODEL, 'model.gguf'))) return null;
  throw new RatchetError(
    'InvalidInput',
    `base_model.kind: expected gguf for embedded engines, got hf (${base.path}): name your vLLM in engine.target, or a GGUF file of the same weights in RATCHET_MODEL`,
  );
}

function temporalArgs(port: number, uiPort: number, db: string): string[] {
  const attributes = Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]) => [
    '--search-attribute',
    `${name}=${type}`,
  ]);
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', `${port}`, '--ui-port', `${uiPort}`],
    ...['--db-filename', db, '--log-level', 'warn', ...attributes],
  ];
}

/** A Temporal server that is not the user's own: RATCHET_TEMPORAL (set by the launcher), else `temporal` on PATH. */
function temporalBinary(): string {
  const given = process.env['RATCHET_TEMPORAL'];
  const candidates = given
    ? [given]
    : (process.env['PATH'] ?? '').split(path.delimiter).map((folder) => path.join(folder, 'temporal'));
  const found = candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (found) return found;
  throw new RatchetError(
    'InvalidInput',
    given
      ? `RATCHET_TEMPORAL names ${given}, which cannot be run: point it at a temporal binary, or unset it`
      : 'no Temporal server: set TEMPORAL_ADDRESS to one that runs, put temporal on PATH, or start through `npx ratchet up`, which brings one',
  );
}

/** Processes = cores − 1, at least 1, as far as half the memory holds them (1.5 GB each); RATCHET_CPU_WORKERS overrides. */
/** The variables that the project's own settings name: keys of a judge and of who is notified, for the cpu workers alone. */
function namedIn({gauntlet, notify}: ProjectConfig): string[] {
  return [
    ...(gauntlet.judge === undefined ? [] : [gauntlet.judge.api_key_env]),
    ...notify.map(({secret_env}) => secret_env),
  ];
}

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

function portOf(address: string | null | undefined): number | undefined {
  const port = Number(/:(\d+)$/.exec(address ?? '')?.[1]);
  return Number.isInteger(port) && port > 0 ? port : undefined;
}

function embeddedBefore(url: string | undefined): string | undefined {
  return url?.startsWith('http://127.0.0.1:') ? url : undefined;
}

function reachable(host: string): string {
  return host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
}

function heapOf(mb: number): string {
  return `--max-old-space-size=${mb}`;
}
