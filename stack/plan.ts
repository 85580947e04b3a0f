import path from 'node:path';
import {thisBuild} from '../host/build.ts';
import {RatchetError} from '../schemas/errors.ts';
import {DEFAULT_MODEL, serviceOf, type ProjectConfig} from '../schemas/project.ts';
import {kubernetesConnection} from '../serving/clients/kubernetes/credentials.ts';
import {codecKeys} from '../temporal/payload-codec/codec-keys.ts';
import {needsEngines} from './needs-engines.ts';
import type {HeldPorts} from './ports.ts';
import {ProgramParts, type StackOf} from './program-parts.ts';
import {readStack} from './stack-file.ts';
import type {StackPlan} from './supervisor.ts';
import {temporalPart} from './temporal-part.ts';
import {externalTemporal, localTemporal} from './temporal.ts';

const TEMPORAL_PORT = 7233;
const TEMPORAL_UI_PORT = 8233;
const ENGINE_PORT = 8101;
const CODEC_PORT = 8234;

/** The processes of a project's local stack, on ports that are free now; a former start's ports are tried first. */
export async function planStack(of: StackOf, ports: HeldPorts): Promise<StackPlan> {
  const {config, folder, file, store} = of;
  const external = externalTemporal();
  const embedded = config.engine.target === 'embedded' && (await needsEngines(config, store));
  const on = await portsOf(of, {external: external !== undefined, embedded}, ports);
  const codec = on.codec === null ? undefined : localUrl(on.codec);
  const temporal = external ?? localTemporal(`127.0.0.1:${on.temporal}`);
  const model = embedded ? embeddedModel(config, folder) : null;
  // Gateway and workers find a Service's engines themselves; that they know no cluster is said here, once.
  if (serviceOf(config) !== null) await kubernetesConnection();
  const {target} = config.engine;
  const engines = Array.isArray(target) ? target : on.engines.map(localUrl);
  const gateway = `http://${reachable(config.gateway.host)}:${on.gateway}`;

  const {id: build} = await thisBuild();
  const programs = new ProgramParts({of, build, temporal, external: external !== undefined, engines});
  const servers = external
    ? []
    : [temporalPart({access: temporal, folder, port: on.temporal, uiPort: on.ui, codec})];
  const workers = await programs.workers(
    servers.map(({name}) => name),
    ports,
  );
  // Last, since loading a model takes the cores that the workers need to begin a run with; its first stages ask no engine.
  const after = workers.map(({name}) => name);
  const engineParts = on.engines.map((port, i) => programs.engine(i + 1, port, {model, after}));
  const gatewayPart = await programs.gateway(
    gateway,
    {port: on.gateway, adminPort: on.admin, after: engineParts.map(({name}) => name)},
    ports,
  );
  const codecs = codec === undefined ? [] : [programs.codec(codec, on.codec!, on.ui)];
  return {
    folder,
    project: config.project,
    file,
    store,
    build,
    addresses: {
      temporal: temporal.address,
      namespace: temporal.namespace,
      ui: external ? null : localUrl(on.ui),
      ...(codec === undefined ? {} : {codec}),
      gateway,
      admin: localUrl(on.admin),
      engines,
    },
    parts: [...servers, ...codecs, ...workers, ...engineParts, gatewayPart],
  };
}

interface StackPorts {
  /** 0 where the user's own cluster is used; likewise `ui`. */
  readonly temporal: number;
  readonly ui: number;
  /** Null where payloads are not encrypted. */
  readonly codec: number | null;
  /** Of embedded engines. */
  readonly engines: readonly number[];
  readonly gateway: number;
  readonly admin: number;
}

async function portsOf(
  {config, folder}: StackOf,
  {external, embedded}: {readonly external: boolean; readonly embedded: boolean},
  ports: HeldPorts,
): Promise<StackPorts> {
  const former = readStack(folder);
  const port = (wanted: number, before?: string | null) => ports.take(portOf(before) ?? wanted);
  // What the settings name is taken at its word.
  const own = (wanted: number, before?: string) => port(wanted, wanted === 0 ? before : undefined);
  const ours = former !== undefined && former.ui !== null;
  const temporal = external ? 0 : await port(TEMPORAL_PORT, ours ? former.temporal : undefined);
  const ui = external ? 0 : await port(TEMPORAL_UI_PORT, ours ? former.ui : undefined);
  const codec = external || codecKeys().length === 0 ? null : await port(CODEC_PORT, former?.codec);
  const engines: number[] = [];
  if (embedded)
    for (let i = 0; i < config.engine.processes; i++)
      engines.push(await port(ENGINE_PORT + i, embeddedBefore(former?.engines[i])));
  const gateway = await own(config.gateway.port, former?.gateway);
  const admin = await own(config.gateway.admin_port, former?.admin);
  return {temporal, ui, codec, engines, gateway, admin};
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

function localUrl(port: number): string {
  return `http://127.0.0.1:${port}`;
}
