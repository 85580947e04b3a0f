import {spawn, spawnSync, type ChildProcess} from 'node:child_process';
import {createHash, randomBytes} from 'node:crypto';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {cpus, tmpdir} from 'node:os';
import {join} from 'node:path';
import {releaseDigest} from '../../core/identity/release-digest.ts';
import type {PromptVersion, ReleaseV1} from '../../schemas/release.ts';
import type {NewKey} from '../../stores/access/gateway-keys.ts';
import {openStores, type Stores} from '../../stores/stores.ts';
import {GATEWAY_MALLOC, GATEWAY_V8} from '../../stack/program-parts.ts';
import {ENTITIES} from '../../schemas/names.ts';
import {PACKAGE_ROOT} from '../../stack/own-program.ts';
import type {Call} from './load.ts';
import {NO_PROC, cpuOf} from './proc.ts';

/** A process that answers at a URL. */
export interface Service {
  readonly url: string;
  readonly pid: number;
}

/** An engine whose answers cost nothing, and a gateway before it with one release. */
export interface GatewayStand {
  readonly engine: Service;
  readonly gateway: Service;
  readonly model: {readonly triage: string; readonly write: string};
  /** One of the applications' keys, in turn. */
  readonly chatKey: (index: number) => string;
  /** Keys that are turned away: for something else, too old, and above their rate. */
  readonly refusedKeys: Readonly<Record<'read' | 'expired' | 'flood', string>>;
}

const PROJECT = 'bench';
/** So many applications ask, each with a key of its own. */
const APPLICATIONS = 8;

export const MAIL = [
  'From: Anna <anna@example.com>',
  'To: list@example.org',
  'Subject: Re: [dev] Meeting on Monday',
  '',
  'Hello Ben,',
  '',
  'thank you for the notes. Could we move the meeting to ten? I would like to bring the figures of last week,',
  'and the report is not ready before nine. You can reach me at anna@example.com or in the office.',
  '',
  '> On Friday you wrote that the room is free all morning.',
  '',
  'Best regards,',
  'Anna',
].join('\n');

/** Starts both, gives them to `use`, and ends them. Throws where no base model is set up: its tokenizer is needed. */
export async function onGatewayStand<T>(
  use: (stand: GatewayStand, processes: Processes) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'ratchet-bench-'));
  const processes = new Processes();
  try {
    const model = process.env['RATCHET_MODEL'];
    if (!model) throw new Error('RATCHET_MODEL is not set: run it by "npm run bench"');
    const store = `file://${folder}/store`;
    const stores = await openStores(store);
    await putRelease(stores, model);
    const file = join(folder, 'ratchet.yaml');
    await writeFile(file, await yaml());
    const engine = await processes.start(process.execPath, ['scripts/bench/mock-engine.ts']);
    const args = ['--project', PROJECT, '--file', file, '--store', store, '--engines', engine.url];
    const gateway = await processes.start(
      process.execPath,
      [
        ...GATEWAY_V8,
        'serving/gateway/main.ts',
        ...args,
        '--state',
        join(folder, 'state'),
        '--model',
        model,
        '--port',
        '0',
        '--admin-port',
        '0',
      ],
      {env: {...GATEWAY_MALLOC, RATCHET_PROJECT_KEY: randomBytes(32).toString('hex')}},
    );
    const {chat, refused} = await makeKeys(stores);
    // Gateways read their keys once a second.
    await answers(401, `${gateway.url}/v1/models`);
    const stand: GatewayStand = {
      engine,
      gateway,
      model: {triage: `${PROJECT}/triage`, write: `${PROJECT}/write`},
      chatKey: (index) => chat[index % chat.length]!,
      refusedKeys: refused,
    };
    return await use(stand, processes);
  } finally {
    await processes.end();
    await rm(folder, {recursive: true, force: true});
  }
}

/** What a client of the stand's gateway asks: another mail each time, by a thousand users of eight applications. */
export function mailsTo({gateway, model, chatKey}: GatewayStand): Call {
  return {
    url: `${gateway.url}/v1/chat/completions`,
    headers: (i) => ({authorization: `Bearer ${chatKey(i)}`}),
    body: (i) => ({
      model: model.triage,
      messages: [{role: 'user', content: `${MAIL}\nNumber ${i}`}],
      user: `user-${i % 1000}`,
    }),
  };
}

/** Processes of a bench, which end with it. */
export class Processes {
  readonly #children: ChildProcess[] = [];

  /** Starts a program that prints `{"listening": url}`, or one whose `url` is known and then answers. */
  async start(
    program: string,
    args: readonly string[],
    options: {
      readonly env?: Record<string, string>;
      readonly cwd?: string;
      readonly url?: string;
    } = {},
  ): Promise<Service> {
    const child = spawn(program, args, {
      cwd: options.cwd ?? PACKAGE_ROOT,
      env: {...process.env, RATCHET_PROJECT_FILE: undefined, ...options.env},
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.push(child);
    let told = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (told = (told + chunk.toString()).slice(-4000)));
    const ended = new Promise<never>((_, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`${program} ${args[0]} ended with ${code}: ${told}`)));
    });
    ended.catch(() => undefined);
    const {url} = options;
    const listening = new Promise<string>((resolve) => {
      let out = '';
      child.stdout.on('data', (chunk: Buffer) => {
        out += chunk.toString();
        const line = /^\{"listening".*\}$/m.exec(out)?.[0];
        if (line !== undefined) resolve((JSON.parse(line) as {listening: string}).listening);
      });
    });
    const up = url === undefined ? listening : answers(null, url).then(() => url);
    return {url: await Promise.race([up, ended]), pid: child.pid!};
  }

  async end(): Promise<void> {
    const running = this.#children.filter((child) => child.exitCode === null && child.signalCode === null);
    await Promise.all(
      running.map((child) => {
        const gone = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGTERM');
        return gone;
      }),
    );
  }
}

/**
 * One core for what is measured, the others for all else (this process, the engine): what a core can do is then measured,
 * whatever the load takes. False, and nothing changes, where there is one core or no `taskset` (util-linux).
 */
export function pin(measured: readonly number[], others: readonly number[]): boolean {
  const cores = cpus().length;
  if (cores < 2) return false;
  const set = (list: string, pid: number) =>
    spawnSync('taskset', ['-a', '-c', '-p', list, String(pid)]).status === 0;
  const rest = cores === 2 ? '1' : `1-${cores - 1}`;
  return [
    ...measured.map((pid) => set('0', pid)),
    ...[...others, process.pid].map((pid) => set(rest, pid)),
  ].every(Boolean);
}

/** This process may run on every core again. */
export function unpin(): void {
  spawnSync('taskset', ['-a', '-c', '-p', `0-${cpus().length - 1}`, String(process.pid)]);
}

/** User and system, all threads, to 10 ms. Throws where there is no /proc. */
export function cpuSeconds(pid: number): number {
  const cpu = cpuOf(pid);
  if (cpu === undefined) throw new Error(String(NO_PROC));
  return cpu.own;
}

/** Waits until a URL answers with a status, or at all. Throws after a minute. */
async function answers(status: number | null, url: string): Promise<void> {
  const until = Date.now() + 60_000;
  for (;;) {
    const got = await fetch(url).then(
      (response) => response.status,
      () => null,
    );
    if (got !== null && (status === null || got === status)) return;
    if (Date.now() > until) throw new Error(`${url} does not answer ${status ?? ''}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The tiny project, with limits that a load of one machine does not meet. */
async function yaml(): Promise<string> {
  const text = await readFile(join(import.meta.dirname, 'tiny', 'ratchet.yaml'), 'utf8');
  const limits =
    'gateway: {port: 0, before_first_release: base, limits: {concurrent: 2048, concurrent_per_key: 2048}}';
  const changed = text.replace(/^gateway: .*$/m, limits);
  if (!changed.includes(limits)) throw new Error("the tiny project's ratchet.yaml has no line `gateway:`");
  return changed;
}

async function putRelease(stores: Stores, model: string): Promise<void> {
  const prompt = (task: string, more: Partial<PromptVersion>): PromptVersion => ({
    v: 1,
    task,
    kind: 'generation',
    template: 'Subject: {{subject}}\nMessage: {{body}}\n\nAnswer:',
    format: 'plain',
    inputs: ['subject', 'body'],
    trim: 'body',
    maxInputTokens: 128,
    maxOutputTokens: 64,
    temperature: 0,
    stop: [],
    ...more,
  });
  const body: Omit<ReleaseV1, 'digest'> = {
    v: 1,
    project: PROJECT,
    base: {
      name: 'bench',
      kind: 'gguf',
      sha256: createHash('sha256')
        .update(await readFile(model))
        .digest('hex'),
    },
    adapter: null,
    prompts: {
      triage: prompt('triage', {kind: 'classification', choices: {spam: ' spam', ham: ' ham'}}),
      write: prompt('write', {}),
    },
    transform: {
      v: 1,
      format: 'mail',
      fields: ['subject', 'body'],
      pii: [...ENTITIES],
      code: '0'.repeat(64),
    },
    index: null,
    // With scrubbing, a stream is held back by 80 characters on purpose: that is not the gateway's time.
    guardrails: {v: 1, maxInputChars: 200_000, scrubOutput: false, stripInvisible: true, blockPatterns: []},
    parent: null,
    createdFrom: null,
  };
  const release = {...body, digest: releaseDigest(body)};
  await stores.registry.putRelease(release);
  await stores.pointers.bootstrap(PROJECT, release.digest, {by: 'bench', why: 'bench'});
}

/** Keys that may ask, and those that are turned away. */
async function makeKeys({gatewayKeys}: Stores): Promise<{
  readonly chat: readonly string[];
  readonly refused: GatewayStand['refusedKeys'];
}> {
  const make = async (name: string, more: Partial<NewKey> = {}) => {
    const wanted: NewKey = {name, scopes: ['chat'], expires: null, rate: null, budget: null, ...more};
    return (await gatewayKeys.create(PROJECT, wanted, 'bench')).token;
  };
  const chat: string[] = [];
  for (let i = 0; i < APPLICATIONS; i++) {
    // With limits that are far away, so that they are counted and looked at.
    const far = {rate: {perSecond: 100_000, burst: 100_000}, budget: {tokens: 1e12, cost: 1e9}};
    chat.push(await make(`application-${i}`, far));
  }
  return {
    chat,
    refused: {
      read: await make('read', {scopes: ['read']}),
      expired: await make('expired', {expires: new Date(0).toISOString()}),
      flood: await make('flood', {rate: {perSecond: 1e-6, burst: 1}}),
    },
  };
}
