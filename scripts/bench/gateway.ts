/**
 * What the gateway adds to an engine's answer — keys, limits, transform, prompt, split, guardrails and trace —, with one
 * core for the gateway, against an engine whose answers cost nothing. `node scripts/bench/gateway.ts` prints JSON.
 */
import {Agent} from 'undici';
import {MAIL, cpuSeconds, mailsTo, onGatewayStand, pin, unpin, type GatewayStand} from './gateway-stand.ts';
import {closedLoop, oneByOne, openLoop, percentiles, post, type Call, type Percentiles} from './load.ts';
import {residentMbOf} from './proc.ts';

export interface GatewayBench {
  /** Whether the gateway had a core of its own, and no other. */
  readonly oneCore: boolean;
  /** As many requests as 32 connections take: a second, and CPU ms of the gateway process each. */
  readonly throughput: {readonly perSecond: number; readonly cpuMs: number; readonly target: 2000};
  /**
   * Open loop at 1,000 requests/s: without a gateway, through one that does nothing, on the same core, and through ours.
   * `added`: the difference of the percentiles to those without, ms; the median of rounds.
   */
  readonly load: {
    readonly perSecond: 1000;
    readonly direct: Percentiles;
    readonly nothing: Percentiles;
    readonly gateway: Percentiles;
    readonly added: {readonly p50: number; readonly p99: number};
    readonly addedP99Rounds: string;
    readonly addedByNothing: {readonly p50: number; readonly p99: number};
    readonly addedByNothingP99Rounds: string;
    readonly targets: {readonly p50: 1; readonly p99: 3};
  };
  /** One request after the other, ms. */
  readonly oneByOne: {readonly direct: Percentiles; readonly gateway: Percentiles; readonly addedP10: number};
  /** Milliseconds from a chunk's sending by the engine to its arrival; `added` to those without a gateway. */
  readonly stream: {
    readonly direct: Percentiles;
    readonly nothing: Percentiles;
    readonly gateway: Percentiles;
    readonly addedP50: number;
    readonly addedByNothingP50: number;
    readonly target: 0.2;
  };
  /** Resident MB of the gateway before 1,000 streams, with them open for 20 s (early and late), and after. */
  readonly openStreams: {
    readonly count: number;
    readonly beforeMb: number;
    readonly earlyMb: number;
    readonly lateMb: number;
    readonly afterMb: number;
  };
  /** CPU µs of the gateway process for a request that is refused, by kept connections, body of a mail and all. */
  readonly refused: Readonly<Record<Refused, number>> & {readonly target: 50};
}
/** Without a key, with an expired one, with one for something else, and by a flooding client. */
type Refused = 'missing' | 'expired' | 'scope' | 'flood';

const REFUSALS = 20_000;
const STREAMS = 1000;

/** Takes about two minutes. */
export async function benchGateway({
  rounds = 5,
  seconds = 6,
}: {
  readonly rounds?: number;
  readonly seconds?: number;
} = {}): Promise<GatewayBench> {
  return onGatewayStand(async (stand, processes) => {
    const {engine, gateway} = stand;
    const nothing = await processes.start(process.execPath, ['scripts/bench/passing-proxy.ts', engine.url]);
    const oneCore = pin([gateway.pid, nothing.pid], [engine.pid]);
    try {
      const direct: Call = {
        url: `${engine.url}/v1/completions`,
        body: () => ({prompt: MAIL, max_tokens: 4}),
      };
      const through = mailsTo(stand);
      const past = {...direct, url: `${nothing.url}/v1/completions`};
      // Hot code is compiled, and tokenizers remember words; some of it only after ten thousand requests.
      for (const call of [past, through]) await closedLoop(call, {lanes: 8, seconds: 5});
      await openLoop(through, {perSecond: 1000, seconds: 10});
      return {
        oneCore,
        throughput: await throughput(through, gateway.pid, seconds),
        load: await underLoad({direct, nothing: past, gateway: through}, {rounds, seconds}),
        oneByOne: await single(direct, through),
        stream: await streamed(stand, nothing.url),
        openStreams: await openStreams(stand),
        refused: await refusals(stand, through),
      };
    } finally {
      unpin();
    }
  });
}

async function throughput(call: Call, pid: number, seconds: number): Promise<GatewayBench['throughput']> {
  const before = cpuSeconds(pid);
  const {perSecond, count} = await closedLoop(call, {lanes: 32, seconds});
  return {perSecond, cpuMs: ((cpuSeconds(pid) - before) * 1000) / count, target: 2000};
}

type Way = 'direct' | 'nothing' | 'gateway';

async function underLoad(
  calls: Readonly<Record<Way, Call>>,
  {rounds, seconds}: {readonly rounds: number; readonly seconds: number},
): Promise<GatewayBench['load']> {
  const all: Record<Way, number[]> = {direct: [], nothing: [], gateway: []};
  const added: Record<Way, {p50: number; p99: number}[]> = {direct: [], nothing: [], gateway: []};
  for (let round = 0; round < rounds; round++) {
    const times = {} as Record<Way, number[]>;
    // In turn, so that a busy minute of the machine is everybody's.
    for (const way of ['direct', 'nothing', 'gateway'] as const) {
      times[way] = await openLoop(calls[way], {perSecond: 1000, seconds});
      all[way].push(...times[way]);
      const [a, b] = [percentiles(times.direct), percentiles(times[way])];
      added[way].push({p50: b.p50 - a.p50, p99: b.p99 - a.p99});
    }
  }
  const median = (way: Way) => ({
    p50: percentiles(added[way].map(({p50}) => p50)).p50,
    p99: percentiles(added[way].map(({p99}) => p99)).p50,
  });
  const p99s = (way: Way) => added[way].map(({p99}) => p99.toFixed(1)).join(' ');
  return {
    perSecond: 1000,
    direct: percentiles(all.direct),
    nothing: percentiles(all.nothing),
    gateway: percentiles(all.gateway),
    added: median('gateway'),
    addedP99Rounds: p99s('gateway'),
    addedByNothing: median('nothing'),
    addedByNothingP99Rounds: p99s('nothing'),
    targets: {p50: 1, p99: 3},
  };
}

async function single(direct: Call, through: Call): Promise<GatewayBench['oneByOne']> {
  const plain = percentiles(await oneByOne(direct, 1000));
  const guarded = percentiles(await oneByOne(through, 1000));
  return {direct: plain, gateway: guarded, addedP10: guarded.p10 - plain.p10};
}

async function streamed(
  {engine, gateway, model, chatKey}: GatewayStand,
  nothing: string,
): Promise<GatewayBench['stream']> {
  const completion = {prompt: 'x', stream: true};
  const chat = {model: model.write, stream: true, messages: [{role: 'user', content: MAIL}]};
  const direct = percentiles(await chunkTimes(`${engine.url}/v1/completions`, completion, 40));
  const past = percentiles(await chunkTimes(`${nothing}/v1/completions`, completion, 40));
  const through = percentiles(
    await chunkTimes(`${gateway.url}/v1/chat/completions`, chat, 40, {
      authorization: `Bearer ${chatKey(0)}`,
    }),
  );
  return {
    ...{direct, nothing: past, gateway: through},
    addedP50: through.p50 - direct.p50,
    addedByNothingP50: past.p50 - direct.p50,
    target: 0.2,
  };
}

/** Milliseconds that each chunk took, one stream at a time. */
async function chunkTimes(
  url: string,
  body: object,
  streams: number,
  headers: Record<string, string> = {},
): Promise<number[]> {
  const agent = new Agent();
  const times: number[] = [];
  for (let i = 0; i < streams; i++)
    await post(url, body, agent, {
      headers,
      onData(text) {
        const now = Number(process.hrtime.bigint() / 1000n);
        // The first of an answer has lost the space before it.
        for (const [sent] of text.matchAll(/(?<=[ "])\d{9,}/g)) times.push((now - Number(sent)) / 1000);
      },
    });
  await agent.close();
  return times;
}

/** Streams of 400 chunks, one each 50 ms: all of them are open between the first second and the twentieth. */
async function openStreams({
  gateway: {url, pid},
  model,
  chatKey,
}: GatewayStand): Promise<GatewayBench['openStreams']> {
  const agent = new Agent({connections: STREAMS});
  const resident = () => residentMbOf(pid) ?? Number.NaN;
  const beforeMb = resident();
  let chunks = 0;
  const open = Array.from({length: STREAMS}, (_, i) =>
    post(
      `${url}/v1/chat/completions`,
      {model: model.write, stream: true, messages: [{role: 'user', content: `${MAIL}\nslow stream ${i}`}]},
      agent,
      {headers: {authorization: `Bearer ${chatKey(i)}`}, onData: () => chunks++},
    ),
  );
  const after = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  await after(8000);
  const earlyMb = resident();
  await after(10_000);
  const lateMb = resident();
  await Promise.all(open);
  if (chunks < STREAMS * 100) throw new Error(`${STREAMS} streams had ${chunks} chunks in all`);
  await after(2000);
  return {count: STREAMS, beforeMb, earlyMb, lateMb, afterMb: resident()};
}

async function refusals(stand: GatewayStand, call: Call): Promise<GatewayBench['refused']> {
  const {pid} = stand.gateway;
  const {expired, read, flood} = stand.refusedKeys;
  const bearer = (key: string) => ({authorization: `Bearer ${key}`});
  // The one that its rate allows.
  const agent = new Agent();
  await post(call.url, call.body(0), agent, {headers: bearer(flood)});
  const ways: [Refused, number, Record<string, string>][] = [
    ['missing', 401, {}],
    ['expired', 401, bearer(expired)],
    ['scope', 403, bearer(read)],
    ['flood', 429, bearer(flood)],
  ];
  const cpuUs = {} as Record<Refused, number>;
  for (const [name, status, headers] of ways) {
    const refused = {...call, headers: () => headers};
    await closedLoop(refused, {lanes: 8, status, count: 2000});
    const before = cpuSeconds(pid);
    await closedLoop(refused, {lanes: 8, status, count: REFUSALS});
    cpuUs[name] = ((cpuSeconds(pid) - before) * 1e6) / REFUSALS;
  }
  return {...cpuUs, target: 50};
}

if (import.meta.filename === process.argv[1])
  process.stdout.write(`${JSON.stringify(await benchGateway(), null, 2)}\n`);
