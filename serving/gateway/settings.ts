import {existsSync, readFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {parseArgs} from 'node:util';
import type {JsonBounds} from '../../core/access/json-bounds.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {problemLine, readProject} from '../../schemas/load-project.ts';
import {GatewayLimits, serviceOf, type KubernetesService, type ProjectConfig} from '../../schemas/project.ts';
import {asksBase} from '../../schemas/task-models.ts';
import {bindAddress} from '../../telemetry/bind-address.ts';
import {hubIdOf} from '../../models/model-hub.ts';
import type {BeforeFirstRelease} from './first-release.ts';
import type {ClientLimits} from './guarded-server.ts';
import type {HeldBytesLimits} from './held-bytes.ts';

export const HELP = `Answers OpenAI chat completions by the project's deployed releases.

  node serving/gateway/main.ts --project mail --store file:///srv/mail/store --engines http://127.0.0.1:8101

  --project NAME        whose deployment is served (RATCHET_PROJECT)
  --file FILE           ratchet.yaml, for prices and batch sizes (RATCHET_PROJECT_FILE)
  --store URL           file:///folder or s3://bucket/prefix (RATCHET_STORE)
  --engines URL,URL     base URLs of the engines (RATCHET_ENGINES; RATCHET_ENGINE_KEY is sent as bearer token); not needed
                        where ratchet.yaml names their Kubernetes Service, or no task asks the base model
  --adapters FOLDER     where adapters are brought to (RATCHET_ADAPTERS, else STATE/../adapters)
  --adapters-on-engines FOLDER   the same folder as the engines see it, where that differs
                        (RATCHET_ADAPTERS_ON_ENGINES)
  --model FILE          the base model's GGUF file or Hugging Face folder, for its tokenizer (RATCHET_MODEL); not needed
                        where ratchet.yaml names a Hugging Face id: its tokenizer is fetched
  --key-file FILE       the project's key, 64 hex digits (RATCHET_PROJECT_KEY)
  --state FOLDER        the feedback journal (RATCHET_PROJECT_FOLDER/.ratchet/gateway, else ./.ratchet/gateway)
  --host HOST           127.0.0.1; beyond loopback every request needs a key (ratchet api-keys create)
  --port N              8080; 0 takes a free one
  --admin-port N        metrics, health in detail and keys, on 127.0.0.1 alone (8081; 0 takes a free one)
  --before-first-release refuse|base   answer 503 until a release is promoted, or by the base model (refuse)
  --metrics HOST:PORT   metrics for Prometheus at another address than the operators'; beyond loopback it needs a key with
                        the scope read (RATCHET_GATEWAY_METRICS)
  --poll-ms N           how often the deployment pointer, the keys and the Service’s endpoints are read (1000)
  --flush-ms N          how often traces and feedback go to the store (2000)
  --flush-traces N      … or when so many traces wait (200)
  --shadow-queue N      shadow copies that may wait for an idle engine (500)
  --shadow-patience-ms N   where none is ever idle, one copy in this time is let in (2000; 0 = never)
  --timeout-ms N        an engine that says nothing for so long is passed over (120000)
`;

export interface GatewaySettings {
  readonly project: string;
  readonly store: string;
  /** Base URLs; none where they are found by `service`. */
  readonly engines: readonly string[];
  readonly service: KubernetesService | null;
  readonly engineKey: string | undefined;
  readonly adapterFolder: string;
  readonly adaptersOnEngines: string | undefined;
  /** Vendors' models, of ratchet.yaml. */
  readonly models: ProjectConfig['models'];
  /** GGUF file or folder of the base model; null where it is on the Hugging Face Hub, or no task asks it. */
  readonly model: string | null;
  readonly key: Uint8Array;
  readonly state: string;
  readonly host: string;
  readonly port: number;
  readonly adminPort: number;
  readonly beforeFirstRelease: BeforeFirstRelease;
  /** Where Prometheus finds metrics, besides the operators' port; null = there alone. */
  readonly metrics: {readonly host: string; readonly port: number} | null;
  readonly limits: ClientLimits;
  /** What one request's JSON may hold. */
  readonly json: JsonBounds;
  /** Bytes of bodies under way. */
  readonly held: HeldBytesLimits;
  /** For reading one request's texts. */
  readonly transformMs: number;
  /** Completions that engines work on at once, null = as many as they take… */
  readonly concurrent: number | null;
  /** …requests that may wait beyond those, and how many of both may be of one key. */
  readonly waiting: number;
  readonly concurrentPerKey: number;
  readonly pollMs: number;
  readonly flushMs: number;
  readonly flushTraces: number;
  readonly shadowQueue: number;
  readonly shadowPatienceMs: number;
  readonly timeoutMs: number;
  readonly engineHour: number;
  /** Of a million tokens. */
  readonly tokenPrices: {readonly prompt: number; readonly completion: number};
  /** Keep raw exchanges, encrypted, for so long; null = never. */
  readonly rawLifetimeMs: number | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** 'help' if that was asked for. Throws InvalidInput that names the flag and its variable. */
export function gatewaySettings(args: readonly string[], env: Environment): GatewaySettings | 'help' {
  const {values} = parseArgs({args: [...args], options: FLAGS});
  if (values.help === true) return 'help';
  const need = (flag: string, given: string | undefined, variable: string, what: string): string => {
    const value = given ?? env[variable];
    if (value) return value;
    throw new RatchetError('InvalidInput', `--${flag} (or ${variable}) is missing: expected ${what}`);
  };
  const config = projectConfig(values.file ?? env['RATCHET_PROJECT_FILE']);
  const folder = env['RATCHET_PROJECT_FOLDER'];
  const state = resolve(values.state ?? join(folder ?? '.', '.ratchet', 'gateway'));
  const service = config === null ? null : serviceOf(config);
  const loads = config === null || asksBase(config);
  const engines =
    service !== null || (!loads && !(values.engines ?? env['RATCHET_ENGINES']))
      ? []
      : need('engines', values.engines, 'RATCHET_ENGINES', 'base URLs, divided by commas')
          .split(',')
          .map(httpUrl);
  return {
    project: need('project', values.project ?? config?.project, 'RATCHET_PROJECT', "the project's name"),
    store: need('store', values.store, 'RATCHET_STORE', 'file:///folder or s3://bucket/prefix'),
    engines,
    service,
    engineKey: env['RATCHET_ENGINE_KEY'] || undefined,
    adapterFolder: resolve(values.adapters ?? env['RATCHET_ADAPTERS'] ?? join(state, '..', 'adapters')),
    adaptersOnEngines: values['adapters-on-engines'] ?? (env['RATCHET_ADAPTERS_ON_ENGINES'] || undefined),
    model:
      fromHub(config, folder) || !loads
        ? (values.model ?? (env['RATCHET_MODEL'] || null))
        : need(
            'model',
            values.model ?? modelOf(config, folder),
            'RATCHET_MODEL',
            "the base model's GGUF file",
          ),
    key: projectKey(values['key-file'], env['RATCHET_PROJECT_KEY']),
    state,
    models: config?.models ?? {},
    host: values.host ?? config?.gateway.host ?? '127.0.0.1',
    beforeFirstRelease: beforeFirstRelease(values['before-first-release'], config),
    metrics: metricsAt(values.metrics ?? env['RATCHET_GATEWAY_METRICS']),
    ...numbers(values, config),
    ...bounds(config),
  };
}

const TEXT = {type: 'string'} as const;
const FLAGS = {
  project: TEXT,
  file: TEXT,
  store: TEXT,
  engines: TEXT,
  adapters: TEXT,
  'adapters-on-engines': TEXT,
  model: TEXT,
  'key-file': TEXT,
  state: TEXT,
  host: TEXT,
  port: TEXT,
  'admin-port': TEXT,
  'before-first-release': TEXT,
  metrics: TEXT,
  'poll-ms': TEXT,
  'flush-ms': TEXT,
  'flush-traces': TEXT,
  'shadow-queue': TEXT,
  'shadow-patience-ms': TEXT,
  'timeout-ms': TEXT,
  help: {type: 'boolean', short: 'h'},
} as const;
type Flags = Partial<Record<Exclude<keyof typeof FLAGS, 'help'>, string>>;

/** Flags that are integers. */
function numbers(flags: Flags, config: ProjectConfig | null) {
  const integer = (flag: keyof Flags, fallback: number, least: number): number => {
    const given = flags[flag];
    if (given === undefined) return fallback;
    const value = Number(given);
    if (Number.isInteger(value) && value >= least) return value;
    throw new RatchetError(
      'InvalidInput',
      `--${flag} expects an integer of at least ${least}, got "${given}"`,
    );
  };
  const gateway = config?.gateway;
  return {
    port: integer('port', gateway?.port ?? 8080, 0),
    adminPort: integer('admin-port', gateway?.admin_port ?? 8081, 0),
    pollMs: integer('poll-ms', 1000, 10),
    flushMs: integer('flush-ms', gateway?.flush ?? 2000, 10),
    flushTraces: integer('flush-traces', gateway?.flush_traces ?? 200, 1),
    shadowQueue: integer('shadow-queue', 500, 0),
    shadowPatienceMs: integer('shadow-patience-ms', 2000, 0),
    timeoutMs: integer('timeout-ms', 120_000, 100),
  };
}

/** What ratchet.yaml says, or its defaults. */
function bounds(config: ProjectConfig | null) {
  const limits = config?.gateway.limits ?? GatewayLimits.parse({});
  const embedded = config === null || config.engine.target === 'embedded';
  return {
    limits: {
      requestBytes: limits.request_bytes,
      headersMs: limits.headers_within,
      requestMs: limits.request_within,
      connections: limits.connections,
    },
    json: {values: limits.request_values, depth: limits.request_depth},
    held: {all: limits.held_bytes, ofAKey: limits.held_bytes_per_key},
    transformMs: limits.transform_within,
    concurrent: limits.concurrent ?? null,
    waiting: limits.waiting,
    concurrentPerKey: limits.concurrent_per_key,
    rawLifetimeMs: config?.traces.raw === true ? config.traces.raw_lifetime : null,
    tokenPrices: {
      prompt: config?.prices.million_prompt_tokens ?? 0,
      completion: config?.prices.million_completion_tokens ?? 0,
    },
    engineHour: config === null ? 0.05 : embedded ? config.prices.cpu_hour : config.prices.gpu_hour,
  };
}

function beforeFirstRelease(given: string | undefined, config: ProjectConfig | null): BeforeFirstRelease {
  if (given === undefined) return config?.gateway.before_first_release ?? 'refuse';
  if (given === 'refuse' || given === 'base') return given;
  throw new RatchetError('InvalidInput', `--before-first-release expects refuse or base, got "${given}"`);
}

function metricsAt(given: string | undefined): GatewaySettings['metrics'] {
  return given ? bindAddress('--metrics (or RATCHET_GATEWAY_METRICS)', given) : null;
}

function projectConfig(file: string | undefined): ProjectConfig | null {
  if (file === undefined) return null;
  let yaml: string;
  try {
    yaml = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new RatchetError('InvalidInput', `${file} cannot be read: ${(cause as Error).message}`, {cause});
  }
  const loaded = readProject(yaml);
  if (loaded.ok) return loaded.config;
  throw new RatchetError('InvalidInput', problemLine(file, loaded.problems[0]!));
}

function fromHub(config: ProjectConfig | null, folder: string | undefined): boolean {
  return config !== null && hubIdOf(config.base_model, folder ?? '.') !== null;
}

function modelOf(config: ProjectConfig | null, folder: string | undefined): string | undefined {
  const path = config?.base_model.path;
  return path === undefined ? undefined : resolve(folder ?? '.', path);
}

function httpUrl(text: string): string {
  const url = text.trim();
  if (URL.canParse(url) && /^https?:/.test(url)) return url;
  throw new RatchetError('InvalidInput', `--engines: "${url}" is no http:// or https:// URL`);
}

/** The value is never shown. */
function projectKey(file: string | undefined, given: string | undefined): Uint8Array {
  if (file !== undefined && !existsSync(file))
    throw new RatchetError('InvalidInput', `--key-file: ${file} does not exist`);
  const text = (file === undefined ? (given ?? '') : readFileSync(file, 'utf8')).trim();
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  throw new RatchetError(
    'InvalidInput',
    `${file ?? 'RATCHET_PROJECT_KEY'} holds no project key: expected 64 hex digits, got ${text.length} characters`,
  );
}
