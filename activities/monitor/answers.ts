import {CYCLES, periodsFor, sameTimes, type Cycle} from '../../core/drift/cycle.ts';
import {leastAnswers} from '../../core/drift/observation.ts';
import type {ReferenceWindow} from '../../schemas/drift.ts';
import type {Trace} from '../../schemas/trace.ts';
import type {Stores} from '../../stores/stores.ts';
import type {TimeWindow} from '../../stores/traces/traces.ts';

/** Answers of one window, by time. `seen` holds what users saw of the requests that shadows answered too. */
export interface Answers {
  readonly traces: readonly Trace[];
  readonly seen: ReadonlyMap<string, string>;
}

const HOUR = 3_600_000;

/** What the answer is about: a row's further tasks, and its further requests, are the same input. */
export function inputOf(trace: Trace): string {
  return trace.row ?? trace.id;
}

/**
 * Where the reference window of a release lies. Without a cycle: its first inputs, `window` of them at most. They are what it
 * answered as shadow and as canary before it became stable, if that is half a window at least; else it goes on until a whole
 * window is full, so that a release without a rollout gets one too. With a cycle: the whole periods since its first answer
 * that hold a window of inputs. Null until then; `note` says what is missing.
 */
export async function referenceWindow(about: {
  readonly stores: Pick<Stores, 'traces' | 'audit'>;
  readonly project: string;
  readonly release: string;
  readonly window: number;
  readonly cycle: Cycle;
  readonly now: number;
}): Promise<{readonly reference: ReferenceWindow | null; readonly note: string}> {
  const {stores, project, release, window, cycle, now} = about;
  const none = (missing: string) => ({
    reference: null,
    note: `the reference window is not full yet: ${missing}`,
  });
  const lacking = none(`the first ${window} inputs of the stable release`);
  const {first, stableSince} = await appearances(stores, project, release);
  if (first === null) return lacking;
  const all = stores.traces.read(project, {from: first, to: now});
  if (cycle === 'none') {
    const found = await firstInputs(all, {release, window, stableSince});
    if (found === null) return lacking;
    const end = new Date(Math.max(Date.parse(found.to) + 1, finite(stableSince))).toISOString();
    return {reference: {release, ...found, end}, note: ''};
  }
  const period = CYCLES[cycle];
  const inputs = new Map<string, number>();
  let began: number | null = null;
  for await (const trace of all) {
    if (trace.release !== release || trace.role === 'direct' || trace.status >= 400) continue;
    began ??= Date.parse(trace.at);
    if (!inputs.has(inputOf(trace))) inputs.set(inputOf(trace), Date.parse(trace.at));
    // No further answer makes it a whole period before that is over.
    if (inputs.size >= window || began + period > now) break;
  }
  if (began === null) return lacking;
  const times = [...inputs.values()];
  const periods = periodsFor(times, window, period);
  const to = began + (periods ?? 1) * period - 1;
  if (to >= now) return none(`it spans whole ${cycle}s, until ${new Date(to + 1).toISOString()}`);
  if (periods === null) return lacking;
  const end = new Date(Math.max(to + 1, finite(stableSince))).toISOString();
  const [from, until] = [began, to].map((time) => new Date(time).toISOString()) as [string, string];
  return {reference: {release, from, to: until, end, n: times.length, cycle}, note: ''};
}

async function firstInputs(
  all: AsyncIterable<Trace>,
  about: {readonly release: string; readonly window: number; readonly stableSince: number},
): Promise<{from: string; to: string; n: number} | null> {
  const {release, window, stableSince} = about;
  const least = leastAnswers({window});
  const inputs = new Set<string>();
  let [from, to] = ['', ''];
  // Set at the first answer as stable.
  let enough: boolean | null = null;
  for await (const trace of all) {
    if (trace.release !== release || trace.role === 'direct' || trace.status >= 400) continue;
    if (Date.parse(trace.at) >= stableSince) enough ??= inputs.size >= least;
    if (enough || (inputs.size >= window && !inputs.has(inputOf(trace)))) break;
    inputs.add(inputOf(trace));
    from ||= trace.at;
    to = trace.at;
  }
  return inputs.size < (enough === false ? window : least) ? null : {from, to, n: inputs.size};
}

/** Of a release that never was stable: no moment at all. */
function finite(stableSince: number): number {
  return stableSince === Infinity ? 0 : stableSince;
}

/** When a release first got any traffic, and when it first was stable, by the audit chain. */
async function appearances(
  stores: Pick<Stores, 'audit'>,
  project: string,
  release: string,
): Promise<{first: number | null; stableSince: number}> {
  let first: number | null = null;
  for await (const {data, at} of stores.audit(project).entries()) {
    if (data['pointer'] === undefined) continue;
    const moved = typeof data['movedAt'] === 'string' ? data['movedAt'] : at;
    const slots = [data['canary'], data['shadow']] as ({release?: string} | null | undefined)[];
    if (data['stable'] !== release && !slots.some((slot) => slot?.release === release)) continue;
    first ??= Date.parse(moved);
    if (data['stable'] === release) return {first, stableSince: Date.parse(moved)};
  }
  return {first, stableSince: Infinity};
}

/**
 * The answers of the reference window; of one of whole periods, those at the same times of the period as the current ones.
 * Of each period so many that they hold 2 `window` inputs at most, evenly over those times.
 */
export async function referenceAnswers(
  {traces}: Pick<Stores, 'traces'>,
  project: string,
  {release, from, to, cycle}: ReferenceWindow,
  current: {readonly traces: readonly Trace[]; readonly window: number},
): Promise<Answers> {
  const whole: TimeWindow = {from: Date.parse(from), to: Date.parse(to) + 1};
  if (cycle === undefined) return gather(traces.read(project, whole), release);
  const [first, last] = [current.traces[0]!, current.traces.at(-1)!];
  const now = {from: Date.parse(first.at), to: Date.parse(last.at) + 1};
  const pieces: Answers[] = [];
  for (const span of sameTimes(whole, now, CYCLES[cycle]))
    pieces.push(await spreadAnswers(traces.read(project, span), release, 2 * current.window));
  return {
    traces: pieces.flatMap((piece) => piece.traces),
    seen: new Map(pieces.flatMap((piece) => [...piece.seen])),
  };
}

/** Every k-th input of a release, with all its answers: as many as fit into `most`, whatever their number. */
async function spreadAnswers(all: AsyncIterable<Trace>, release: string, most: number): Promise<Answers> {
  const seen = new Map<string, string>();
  // Input → its number, of those that are kept.
  const kept = new Map<string, number>();
  const dropped = new Set<string>();
  let traces: Trace[] = [];
  let [inputs, step] = [0, 1];
  for await (const trace of all) {
    if (trace.role === 'stable' || trace.role === 'canary') seen.set(trace.id, trace.output);
    if (trace.release !== release || trace.role === 'direct' || trace.status >= 400) continue;
    const input = inputOf(trace);
    if (dropped.has(input)) continue;
    if (!kept.has(input)) {
      const number = inputs++;
      if (number % step !== 0) {
        // A request that names no row is asked once.
        if (trace.row !== null) dropped.add(input);
        continue;
      }
      kept.set(input, number);
    }
    traces.push(trace);
    if (kept.size <= most) continue;
    step *= 2;
    for (const [name, number] of kept) {
      if (number % step === 0) continue;
      kept.delete(name);
      dropped.add(name);
    }
    traces = traces.filter((one) => kept.has(inputOf(one)));
  }
  return {traces, seen};
}

/**
 * The last `window` inputs that the release answered as stable, not before `notBefore` (milliseconds). Reads back from now in
 * growing steps, so a long history costs nothing.
 */
export async function currentAnswers(about: {
  readonly stores: Pick<Stores, 'traces'>;
  readonly project: string;
  readonly release: string;
  readonly window: number;
  readonly notBefore: number;
  readonly now: number;
}): Promise<Answers> {
  const {stores, project, release, window, notBefore, now} = about;
  let reach = HOUR;
  for (;;) {
    const span: TimeWindow = {from: Math.max(notBefore, now - reach), to: now};
    const found = await gather(stores.traces.read(project, span), release);
    const traces = lastInputs(
      found.traces.filter(({role}) => role === 'stable'),
      window,
    );
    const inputs = new Set(traces.map(inputOf)).size;
    if (inputs >= window || span.from <= notBefore) return {traces, seen: found.seen};
    reach *= 4;
  }
}

async function gather(all: AsyncIterable<Trace>, release: string): Promise<Answers> {
  const traces: Trace[] = [];
  const seen = new Map<string, string>();
  for await (const trace of all) {
    if (trace.role === 'stable' || trace.role === 'canary') seen.set(trace.id, trace.output);
    if (trace.release === release && trace.role !== 'direct' && trace.status < 400) traces.push(trace);
  }
  return {traces, seen};
}

/** The newest answers, as many as belong to `window` different inputs. */
function lastInputs(traces: readonly Trace[], window: number): Trace[] {
  const inputs = new Set<string>();
  let first = traces.length;
  while (first > 0) {
    const input = inputOf(traces[first - 1]!);
    if (inputs.size >= window && !inputs.has(input)) break;
    inputs.add(input);
    first -= 1;
  }
  return traces.slice(first);
}
