import {Agent} from 'undici';
import {monotonicMs, ticks} from './ticks.ts';

export interface Percentiles {
  readonly p10: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly n: number;
}

/** Linear interpolation between closest ranks. Throws RangeError for no values. */
export function percentiles(values: readonly number[]): Percentiles {
  if (values.length === 0) throw new RangeError('no values');
  const sorted = Float64Array.from(values).sort();
  const at = (q: number) => {
    const place = q * (sorted.length - 1);
    const low = Math.floor(place);
    const high = Math.min(low + 1, sorted.length - 1);
    return sorted[low]! + (sorted[high]! - sorted[low]!) * (place - low);
  };
  return {p10: at(0.1), p50: at(0.5), p95: at(0.95), p99: at(0.99), n: sorted.length};
}

export interface Call {
  readonly url: string;
  readonly body: (index: number) => object;
  readonly headers?: (index: number) => Record<string, string>;
}

/** Until the thread that wakes the generator is there. */
const LEAD_MS = 200;

/**
 * Open-loop load: request i is due at i / rate, whether or not the earlier ones were answered, and its time counts from
 * then (so a stall is charged to every request that it delayed). Gives milliseconds a request. Throws on any answer but 200.
 */
export async function openLoop(
  call: Call,
  {perSecond, seconds}: {readonly perSecond: number; readonly seconds: number},
): Promise<number[]> {
  const agent = new Agent({connections: 512});
  const count = perSecond * seconds;
  const everyMs = 1000 / perSecond;
  const began = monotonicMs() + LEAD_MS;
  // Numbers alone are kept: promises of thousands of requests would be copied by each collection of garbage.
  const times = new Float64Array(count);
  let sent = 0;
  let answered = 0;
  await new Promise<void>((resolve, reject) => {
    const send = (index: number) =>
      ask(call, index, agent).then(() => {
        times[index] = monotonicMs() - began - index * everyMs;
        if (++answered === count) resolve();
      }, reject);
    ticks({began, everyMs, count}, (due) => {
      while (sent < due) void send(sent++);
    });
  });
  await agent.close();
  return [...times];
}

/** One request after the other: what a request takes where nothing else is asked. Milliseconds each. */
export async function oneByOne(call: Call, count: number): Promise<number[]> {
  const agent = new Agent();
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const began = performance.now();
    await ask(call, i, agent);
    times.push(performance.now() - began);
  }
  await agent.close();
  return times;
}

/**
 * As many requests as the lanes take, one after the other on each: for so many seconds, or so many in all. Throws on any
 * answer but `status`.
 */
export async function closedLoop(
  call: Call,
  {
    lanes,
    status = 200,
    seconds = Infinity,
    count = Infinity,
  }: {
    readonly lanes: number;
    readonly status?: number;
    readonly seconds?: number;
    readonly count?: number;
  },
): Promise<{readonly count: number; readonly perSecond: number; readonly times: readonly number[]}> {
  const agent = new Agent({connections: lanes});
  const began = performance.now();
  const times: number[] = [];
  let next = 0;
  const lane = async () => {
    while (next < count && performance.now() - began < seconds * 1000) {
      const since = performance.now();
      await ask(call, next++, agent, status);
      times.push(performance.now() - since);
    }
  };
  await Promise.all(Array.from({length: lanes}, lane));
  await agent.close();
  return {count: next, perSecond: (next * 1000) / (performance.now() - began), times};
}

function ask(call: Call, index: number, agent: Agent, status = 200): Promise<string> {
  return post(call.url, call.body(index), agent, {headers: call.headers?.(index) ?? {}, status});
}

/** One POST; gives the body. `onData` gets it as it comes. Rejects for another status than 200, or than the one named. */
export function post(
  url: string,
  body: object,
  agent: Agent,
  options: {
    readonly headers?: Record<string, string>;
    readonly status?: number;
    readonly onData?: (text: string) => void;
  } = {},
): Promise<string> {
  const {status: expected = 200, onData} = options;
  const {origin, pathname: path} = new URL(url);
  const headers = {...options.headers, 'content-type': 'application/json'};
  return new Promise((resolve, reject) => {
    let status = 0;
    const pieces: Buffer[] = [];
    agent.dispatch(
      {origin, path, method: 'POST', headers, body: JSON.stringify(body)},
      {
        onRequestStart: () => undefined,
        onResponseStart: (_, given) => void (status = given),
        onResponseData: (_, piece) => {
          pieces.push(piece);
          onData?.(piece.toString());
        },
        onResponseEnd: () => {
          const text = Buffer.concat(pieces).toString();
          if (status === expected) resolve(text);
          else reject(new Error(`${url} answered ${status}: ${text.slice(0, 300)}`));
        },
        onResponseError: (_, error) => reject(error),
      },
    );
  });
}
