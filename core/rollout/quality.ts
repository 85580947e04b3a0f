import type {Feedback, Trace} from '../../schemas/trace.ts';
import {inOrder} from './looks.ts';

/** What users said of one answer, the latest word first; a correction says more than a rating. */
export interface UserVerdict {
  readonly rating: -1 | 1 | null;
  readonly correction: string | null;
  /** When the latest word was said (ISO, UTC). */
  readonly at: string;
}

type Word = Pick<UserVerdict, 'rating' | 'correction'>;

/** trace id → what was said of it. Implicit feedback (retry, edit, abandon) is a hint, not a judgement: it counts for nothing here. */
export function verdictsByTrace(feedback: Iterable<Feedback>): Map<string, UserVerdict> {
  const latest = new Map<string, UserVerdict>();
  for (const {trace, at, rating, correction} of feedback) {
    if (rating === undefined && correction === undefined) continue;
    const id = trace.replace(/^chatcmpl-/, '');
    const before = latest.get(id);
    if (before && before.at > at) continue;
    // A correction is not undone by a rating that comes after it.
    const kept = correction ?? before?.correction ?? null;
    latest.set(id, {rating: rating ?? before?.rating ?? null, correction: kept, at});
  }
  return latest;
}

/**
 * Whether an answer was right: by its correction (the same text = right, another = wrong), else by its rating (1 right,
 * −1 wrong). Null if nobody said.
 */
export function wasRight(output: string, judged: Word | undefined): boolean | null {
  if (judged === undefined) return null;
  if (judged.correction !== null) return sameText(output, judged.correction);
  return judged.rating === null ? null : judged.rating === 1;
}

/** A request that stable and candidate both answered, with what is known of both answers. */
export interface PairOutcome {
  readonly stable: boolean;
  readonly candidate: boolean;
  /** Who asked: the trace's keyed hash. */
  readonly unit: string;
  /** When the last of what it takes was there: both answers and the user's word (ISO, UTC). */
  readonly at: string;
}

/**
 * What the user's word about the label they saw says about the other label, which they did not see. With a correction both
 * are compared with it. Rated good, the seen label is the truth; rated bad, it is known what the truth is not. Null where
 * it says nothing.
 */
export function pairOutcome(
  seen: string,
  other: string,
  judged: Word | undefined,
): {readonly seen: boolean; readonly other: boolean} | null {
  const right = wasRight(seen, judged);
  if (right === null) return null;
  if (sameText(seen, other)) return {seen: right, other: right};
  if (judged!.correction !== null) return {seen: right, other: sameText(other, judged!.correction)};
  // Another label than one rated bad: with more than two labels nobody knows.
  return right ? {seen: true, other: false} : null;
}

/**
 * Pairs of the candidate's shadow answer and the answer that the user saw, where the user said something. Only of tasks
 * whose answer is a label: of two generated texts that differ both may be good, and to count just those that are equal would
 * make any two releases look alike. In order of time.
 */
export function pairOutcomes(
  pairs: Iterable<{readonly stable: Trace; readonly candidate: Trace}>,
  judged: ReadonlyMap<string, UserVerdict>,
  labelTasks: ReadonlySet<string>,
): PairOutcome[] {
  const outcomes = [...pairs].flatMap(({stable, candidate}) => {
    const word = judged.get(stable.id);
    const outcome = labelTasks.has(stable.task) ? pairOutcome(stable.output, candidate.output, word) : null;
    if (outcome === null) return [];
    const at = [stable.at, candidate.at, word!.at].sort().at(-1)!;
    const {unit} = stable;
    return [{item: itemOf(stable), stable: outcome.seen, candidate: outcome.other, unit, at}];
  });
  return firstOfEach(outcomes).map(({item: _item, ...outcome}) => outcome);
}

/**
 * What is judged: a task on a row, however often it is asked, since asking again tells nothing new of whether the answer is
 * right. A request that names no row is an item of its own.
 */
export function itemOf({task, row, id}: Pick<Trace, 'task' | 'row' | 'id'>): string {
  return `${task} ${row ?? id}`;
}

/** What was known first of each item, in order of time: what is asked again moves no look that was taken. */
export function firstOfEach<T extends {readonly item: string; readonly at: string}>(
  known: readonly T[],
): T[] {
  const first = new Map<string, T>();
  for (const one of inOrder(known)) if (!first.has(one.item)) first.set(one.item, one);
  return [...first.values()];
}

/** Blanks at the ends and the case of letters don't make another answer. */
export function sameText(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}
