/**
 * Gateways side by side: the same upstream, the same requests, one core for the gateway, one process each.
 * `node scripts/bench/peers.ts` prints JSON. Peers are installed from npm and PyPI into the cache, once.
 */
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {freePorts} from '../chaos/child-service.ts';
import {environmentVariables, pythonOf, resolveEnvironment} from '../../launcher/environment.js';
import {
  cpuSeconds,
  mailsTo,
  onGatewayStand,
  pin,
  unpin,
  type Processes,
  type Service,
} from './gateway-stand.ts';
import {closedLoop, openLoop, percentiles, type Call} from './load.ts';
import {residentMbOf} from './proc.ts';

/** What one gateway does; without one, what the load and the upstream alone take. */
interface Measured {
  /** Closed loop over 32 connections; the median of the rounds. */
  readonly perSecond: number;
  /** CPU ms of the gateway process a request. */
  readonly cpuMs: number;
  readonly residentMb: number;
  /** Open loop at PER_SECOND requests/s: ms above those of the upstream alone. */
  readonly addedP50: number;
  readonly addedP99: number;
}

export interface PeersBench {
  readonly oneCore: boolean;
  readonly rounds: number;
  readonly upstream: {readonly p50: number; readonly p99: number};
  readonly ratchet: Measured;
  /** By name and version, or why there is no figure. */
  readonly peers: Readonly<Record<string, Measured | {readonly inconclusive: string}>>;
}

/** What each of them can do. */
const PER_SECOND = 40;

const PORTKEY = {name: '@portkey-ai/gateway', version: '1.15.2'};
const LITELLM = {name: 'litellm', version: '1.108.7'};

/** A gateway that runs, and how it is asked. */
interface Contestant {
  readonly name: string;
  readonly service: Service;
  readonly call: Call;
}

export async function benchPeers({
  rounds = 3,
  seconds = 5,
}: {readonly rounds?: number; readonly seconds?: number} = {}): Promise<PeersBench> {
  return onGatewayStand(async (stand, processes) => {
    const ours = mailsTo(stand);
    const ratchet: Contestant = {name: 'ratchet', service: stand.gateway, call: ours};
    const contestants = [ratchet];
    const missing: Record<string, {inconclusive: string}> = {};
    for (const [peer, start] of [
      [PORTKEY, startPortkey],
      [LITELLM, startLitellm],
    ] as const) {
      const name = `${peer.name} ${peer.version}`;
      try {
        const {service, headers, model} = await start(processes, stand.engine.url);
        const call: Call = {
          url: `${service.url}/v1/chat/completions`,
          headers: () => headers,
          body: (i) => ({...ours.body(i), model}),
        };
        contestants.push({name, service, call});
      } catch (error) {
        missing[name] = {inconclusive: (error as Error).message.slice(0, 300)};
      }
    }
    const oneCore = pin(
      contestants.map(({service}) => service.pid),
      [stand.engine.pid],
    );
    try {
      const upstream: Call = {url: `${stand.engine.url}/v1/chat/completions`, body: ours.body};
      const bare = percentiles(await openLoop(upstream, {perSecond: PER_SECOND, seconds: 2 * seconds}));
      const rows = new Map<string, Measured[]>(contestants.map(({name}) => [name, []]));
      for (const {call} of contestants) await closedLoop(call, {lanes: 8, seconds});
      // In turn, so that a busy minute of the machine is everybody's.
      for (let round = 0; round < rounds; round++)
        for (const contestant of contestants)
          rows.get(contestant.name)!.push(await measure(contestant, bare, seconds));
      const {ratchet: own, ...peers} = Object.fromEntries(
        [...rows].map(([name, measured]) => [name, middle(measured)]),
      );
      return {
        oneCore,
        rounds,
        upstream: {p50: bare.p50, p99: bare.p99},
        ratchet: own!,
        peers: {...peers, ...missing},
      };
    } finally {
      unpin();
    }
  });
}

async function measure(
  {service: {pid}, call}: Contestant,
  bare: {readonly p50: number; readonly p99: number},
  seconds: number,
): Promise<Measured> {
  const before = cpuSeconds(pid);
  const {perSecond, count} = await closedLoop(call, {lanes: 32, seconds});
  const cpuMs = ((cpuSeconds(pid) - before) * 1000) / count;
  const {p50, p99} = percentiles(await openLoop(call, {perSecond: PER_SECOND, seconds: 2 * seconds}));
  return {
    perSecond,
    cpuMs,
    residentMb: residentMbOf(pid) ?? Number.NaN,
    addedP50: p50 - bare.p50,
    addedP99: p99 - bare.p99,
  };
}

/** The median of each figure. */
function middle(rounds: readonly Measured[]): Measured {
  const of = (key: keyof Measured) => percentiles(rounds.map((round) => round[key])).p50;
  return {
    perSecond: of('perSecond'),
    cpuMs: of('cpuMs'),
    residentMb: of('residentMb'),
    addedP50: of('addedP50'),
    addedP99: of('addedP99'),
  };
}

interface Started {
  readonly service: Service;
  readonly headers: Record<string, string>;
  readonly model: string;
}

async function startPortkey(processes: Processes, engine: string): Promise<Started> {
  const folder = peerFolder(PORTKEY);
  const script = path.join(folder, 'node_modules', PORTKEY.name, 'build', 'start-server.js');
  if (!existsSync(script)) {
    writeFileSync(path.join(folder, 'package.json'), '{"private": true}');
    const what = `${PORTKEY.name}@${PORTKEY.version}`;
    execFileSync('npm', ['install', '--silent', '--ignore-scripts', what], {cwd: folder, stdio: 'pipe'});
  }
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const service = await processes.start(process.execPath, [script, `--port=${port}`, '--headless'], {
    url,
    cwd: folder,
    env: {TRUSTED_CUSTOM_HOSTS: '127.0.0.1', NODE_ENV: 'production'},
  });
  const headers = {
    authorization: 'Bearer sk-bench',
    'x-portkey-provider': 'openai',
    'x-portkey-custom-host': `${engine}/v1`,
  };
  return {service, headers, model: 'bench'};
}

async function startLitellm(processes: Processes, engine: string): Promise<Started> {
  const folder = peerFolder(LITELLM);
  const venv = path.join(folder, 'venv');
  const program = path.join(path.dirname(pythonOf(venv)), 'litellm');
  if (!existsSync(program)) {
    const {uv} = resolveEnvironment();
    if (uv === undefined) throw new Error('uv is not set up: run it by "npm run bench"');
    execFileSync(uv, ['venv', '--quiet', '--clear', venv], {stdio: 'pipe'});
    const what = `${LITELLM.name}[proxy]==${LITELLM.version}`;
    execFileSync(uv, ['pip', 'install', '--quiet', '--python', pythonOf(venv), what], {stdio: 'pipe'});
  }
  const config = path.join(folder, 'config.yaml');
  const master = 'sk-bench';
  const parameters = `{model: openai/bench, api_base: '${engine}/v1', api_key: none}`;
  writeFileSync(
    config,
    [
      'model_list:',
      `  - {model_name: bench, litellm_params: ${parameters}}`,
      'general_settings:',
      `  master_key: ${master}`,
      'litellm_settings: {telemetry: false}',
      '',
    ].join('\n'),
  );
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const args = ['--config', config, '--host', '127.0.0.1', '--port', `${port}`, '--num_workers', '1'];
  const service = await processes.start(program, args, {
    url,
    cwd: folder,
    env: {LITELLM_LOCAL_MODEL_COST_MAP: 'True', LITELLM_LOG: 'ERROR', LITELLM_MODE: 'PRODUCTION'},
  });
  return {service, headers: {authorization: `Bearer ${master}`}, model: 'bench'};
}

function peerFolder({name, version}: {readonly name: string; readonly version: string}): string {
  const {RATCHET_CACHE: cache} = environmentVariables(resolveEnvironment());
  const folder = path.join(cache!, 'bench-peers', `${name.replace(/^@.*\//, '')}-${version}`);
  mkdirSync(folder, {recursive: true});
  return folder;
}

if (import.meta.filename === process.argv[1])
  process.stdout.write(`${JSON.stringify(await benchPeers(), null, 2)}\n`);
