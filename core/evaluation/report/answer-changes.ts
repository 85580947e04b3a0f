import type {MeasuredSample} from '../catalog/metric.ts';
import {readingOf, scoreOf} from './reading.ts';
import type {ReportView} from './view.ts';
import {count} from './wording.ts';

/** An item that stable and the candidate answered, one better than the other. */
export interface AnswerChange {
  readonly item: string;
  readonly input: string;
  readonly expected: string;
  readonly stable: string;
  readonly candidate: string;
  /** Of the candidate less of stable, above 0: better. */
  readonly difference: number;
}

/** What the candidate answers better and worse than stable, of one task. */
export interface AnswerChanges {
  readonly task: string;
  /** Items that both were asked. */
  readonly items: number;
  /** Largest difference first. */
  readonly better: readonly AnswerChange[];
  readonly worse: readonly AnswerChange[];
}

/** Tasks that both were asked, item by item. An answer that could not be scored is worse than any other. */
export function answerChangesOf({tasks, samples, inputs}: ReportView): AnswerChanges[] {
  return Object.entries(tasks).flatMap(([task, view]): AnswerChanges[] => {
    const reading = readingOf(view);
    const of = (all: readonly MeasuredSample[]) => all.filter((sample) => sample.task === task);
    const before = new Map(of(samples.stable).map((sample) => [sample.item, sample]));
    const pairs = of(samples.candidate).flatMap((candidate): AnswerChange[] => {
      const stable = before.get(candidate.item);
      if (stable === undefined) return [];
      return [
        {
          item: candidate.item,
          input: inputs.get(`${task}/${candidate.item}`) ?? '',
          expected: candidate.expected ?? '',
          stable: answered(stable),
          candidate: answered(candidate),
          difference: scoreOf(candidate, reading) - scoreOf(stable, reading),
        },
      ];
    });
    if (pairs.length === 0) return [];
    const changed = (sign: 1 | -1) =>
      pairs
        .filter(({difference}) => sign * difference > 0)
        .sort((a, b) => sign * (b.difference - a.difference) || (a.item < b.item ? -1 : 1));
    return [{task, items: pairs.length, better: changed(1), worse: changed(-1)}];
  });
}

function answered({output, error}: MeasuredSample): string {
  return error ?? output.trim();
}

/** `triage 5 better, 2 worse; subject none.`: null where stable was asked nothing. */
export function answerChangesLine(view: ReportView): string | null {
  const all = answerChangesOf(view);
  if (all.length === 0) return null;
  const named = all.map(({task, better, worse}) => {
    if (better.length + worse.length === 0) return `${task} none`;
    return `${task} ${count(better.length)} better, ${count(worse.length)} worse`;
  });
  return `${named.join('; ')}.`;
}
