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
  /** Milliseconds from a chunk's sending by the engine to its arrival; `added` to those without a gateway, the median of rounds. */
  readonly stream: {
    readonly direct: Percentiles;
    readonly nothing: Percentiles;
    readonly gateway: Percentiles;
    readonly addedP50: number;
    readonly addedP50Rounds: string;
    readonly addedByNothingP50: number;
    readonly addedByNothingP50Rounds: string;
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
const STREAMS_A_ROUND = 20;

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
        stream: await streamed(stand, nothing.url, rounds),
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

const WAYS = ['direct', 'nothing', 'gateway'] as const;
type Way = (typeof WAYS)[number];
type Added = Pick<Percentiles, 'p50' | 'p99'>;

/** All times of each way, and of each round what was added to those without a gateway. */
async function inTurn(
  rounds: number,
  timesOf: (way: Way) => Promise<readonly number[]>,
): Promise<{
  readonly all: Readonly<Record<Way, Percentiles>>;
  readonly added: Readonly<Record<Way, Added[]>>;
}> {
  const all: Record<Way, number[]> = {direct: [], nothing: [], gateway: []};
  const added: Record<Way, Added[]> = {direct: [], nothing: [], gateway: []};
  for (let round = 0; round < rounds; round++) {
    let direct: Percentiles | undefined;
    // In turn, so that a busy minute of the machine is everybody's.
    for (const way of WAYS) {
      const times = await timesOf(way);
      all[way].push(...times);
      const one = percentiles(times);
      direct ??= one;
      added[way].push({p50: one.p50 - direct.p50, p99: one.p99 - direct.p99});
    }
  }
  return {
    all: {
      direct: percentiles(all.direct),
      nothing: percentiles(all.nothing),
      gateway: percentiles(all.gateway),
    },
    added,
  };
}

const medianOf = (added: readonly Added[], of: keyof Added) => percentiles(added.map((one) => one[of])).p50;
const roundsOf = (added: readonly Added[], of: keyof Added, digits: number) =>
  added.map((one) => one[of].toFixed(digits)).join(' ');

async function underLoad(
  calls: Readonly<Record<Way, Call>>,
  {rounds, seconds}: {readonly rounds: number; readonly seconds: number},
): Promise<GatewayBench['load']> {
  const {all, added} = await inTurn(rounds, (way) => openLoop(calls[way], {perSecond: 1000, seconds}));
  return {
    perSecond: 1000,
    ...all,
    added: {p50: medianOf(added.gateway, 'p50'), p99: medianOf(added.gateway, 'p99')},
    addedP99Rounds: roundsOf(added.gateway, 'p99', 1),
    addedByNothing: {p50: medianOf(added.nothing, 'p50'), p99: medianOf(added.nothing, 'p99')},
    addedByNothingP99Rounds: roundsOf(added.nothing, 'p99', 1),
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
  rounds: number,
): Promise<GatewayBench['stream']> {
  const completion = {prompt: 'x', stream: true};
  const chat = {model: model.write, stream: true, messages: [{role: 'user', content: MAIL}]};
  const authorization = `Bearer ${chatKey(0)}`;
  const {all, added} = await inTurn(rounds, (way) =>
    way === 'gateway'
      ? chunkTimes(`${gateway.url}/v1/chat/completions`, chat, STREAMS_A_ROUND, {authorization})
      : chunkTimes(`${way === 'direct' ? engine.url : nothing}/v1/completions`, completion, STREAMS_A_ROUND),
  );
  return {
    ...all,
    addedP50: medianOf(added.gateway, 'p50'),
    addedP50Rounds: roundsOf(added.gateway, 'p50', 2),
    addedByNothingP50: medianOf(added.nothing, 'p50'),
    addedByNothingP50Rounds: roundsOf(added.nothing, 'p50', 2),
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
