import {leastAnswers} from '../../core/drift/observation.ts';
import type {ReferenceWindow} from '../../schemas/drift.ts';
import type {Trace} from '../../schemas/trace.ts';
import type {Stores} from '../../stores/stores.ts';
import type {TimeWindow} from '../../stores/traces.ts';

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
 * Where the reference window of a release lies: its first inputs, `window` of them at most. They are what it answered as
 * shadow and as canary before it became stable, if that is half a window at least; else it goes on until a whole window is
 * full, so that a release without a rollout gets one too. Null until then.
 */
export async function referenceWindow(about: {
  readonly stores: Pick<Stores, 'traces' | 'audit'>;
  readonly project: string;
  readonly release: string;
  readonly window: number;
  readonly now: number;
}): Promise<ReferenceWindow | null> {
  const {stores, project, release, window, now} = about;
  const {first, stableSince} = await appearances(stores, project, release);
  if (first === null) return null;
  const least = leastAnswers({window});
  const inputs = new Set<string>();
  let [from, to] = ['', ''];
  // Set at the first answer as stable.
  let enough: boolean | null = null;
  for await (const trace of stores.traces.read(project, {from: first, to: now})) {
    if (trace.release !== release || trace.role === 'direct' || trace.status >= 400) continue;
    if (Date.parse(trace.at) >= stableSince) enough ??= inputs.size >= least;
    if (enough || (inputs.size >= window && !inputs.has(inputOf(trace)))) break;
    inputs.add(inputOf(trace));
    from ||= trace.at;
    to = trace.at;
  }
  if (inputs.size < (enough === false ? window : least)) return null;
  const behind = Date.parse(to) + 1;
  const end = new Date(stableSince === Infinity ? behind : Math.max(behind, stableSince)).toISOString();
  return {release, from, to, end, n: inputs.size};
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

/** The answers of the reference window. */
export async function referenceAnswers(
  {traces}: Pick<Stores, 'traces'>,
  project: string,
  {release, from, to}: ReferenceWindow,
): Promise<Answers> {
  return gather(traces.read(project, {from: Date.parse(from), to: Date.parse(to) + 1}), release);
}

/**
 * The last `window` inputs that the release answered as stable, not before `notBefore` (milliseconds). Reads back from now
 * in growing steps, so a long history costs nothing.
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
