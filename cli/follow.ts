import {createLogUpdate} from 'log-update';
import type {LifecycleProgress} from '../schemas/messages.ts';
import {frame, line} from './frame.ts';
import {forTerminal} from './output.ts';
import {Rate} from './rate.ts';

export interface Screen {
  readonly stream: NodeJS.WritableStream & {readonly columns?: number};
  /** Redraw in place; else lines are appended. */
  readonly live: boolean;
  /** Appended lines: the same stage is said again at most so often, in ms. */
  readonly everyMs?: number;
  readonly now?: () => number;
  /** What was said of each stage; a run that is followed again says nothing twice where the map is kept. */
  readonly said?: Map<string, Said>;
}

/**
 * Shows a run as it goes on, from any source of its progress; returns the last that came, or undefined if nothing did.
 * Ends when the source does, or at once when `signal` is aborted.
 */
export async function follow(
  source: AsyncIterable<LifecycleProgress>,
  screen: Screen,
  signal?: AbortSignal,
): Promise<LifecycleProgress | undefined> {
  const {stream, live, everyMs = 5_000, now = Date.now, said = new Map<string, Said>()} = screen;
  const rates = new Map<string, Rate>();
  const redraw = live ? createLogUpdate(stream) : undefined;
  let last: LifecycleProgress | undefined;
  const iterator = source[Symbol.asyncIterator]();
  const aborted = new Promise<undefined>((resolve) => {
    if (signal?.aborted) resolve(undefined);
    signal?.addEventListener('abort', () => resolve(undefined), {once: true});
  });
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), aborted]);
      if (!next || next.done) return last;
      last = next.value;
      const at = now();
      measure(last, rates, at);
      if (redraw) redraw(forTerminal(frame(last, rates, at, stream.columns ?? 80)));
      else for (const text of news(last, rates, said, at, everyMs)) stream.write(`${forTerminal(text)}\n`);
    }
  } finally {
    redraw?.done();
    if (signal?.aborted) void iterator.return?.(undefined);
  }
}

function measure(view: LifecycleProgress, rates: Map<string, Rate>, at: number): void {
  for (const {stage, status, progress} of view.stages) {
    if (status !== 'running' || !progress || progress.total <= 0) continue;
    const rate = rates.get(stage) ?? new Rate();
    rates.set(stage, rate);
    rate.add(at, progress.done);
  }
}

/** What was last said of a stage. */
export interface Said {
  readonly at: number;
  readonly status: string;
  /** Status, amount and notes: all but the time that goes on by itself. */
  readonly news: string;
}

/** Where nothing changes but the time, as while people decide, that is said so often. */
const STILL_MS = 60_000;

/** The lines that are worth appending: a change of status at once, progress now and then. */
function news(
  view: LifecycleProgress,
  rates: ReadonlyMap<string, Rate>,
  said: Map<string, Said>,
  at: number,
  everyMs: number,
): string[] {
  return view.stages.flatMap((stage) => {
    const {stage: name, status, progress, note} = stage;
    if (status === 'waiting') return [];
    const before = said.get(name);
    const current = JSON.stringify([status, progress?.done, progress?.note, note]);
    const quiet = before?.news === current ? STILL_MS : everyMs;
    const over = before?.status === status && status !== 'running';
    if (over || (before?.status === status && at - before.at < quiet)) return [];
    said.set(name, {at, status, news: current});
    return [line(stage, rates.get(name), at)];
  });
}
