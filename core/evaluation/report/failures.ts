import type {MeasuredSample} from '../catalog/metric.ts';
import {groupBy} from '../group.ts';
import {readingOf, scoreOf, type Reading} from './reading.ts';
import type {ReportView} from './view.ts';
import {count} from './wording.ts';

/** An answer worth reading: wrong, or the lowest scored. */
export interface Failure {
  readonly task: string;
  readonly item: string;
  readonly slices: readonly string[];
  readonly input: string;
  readonly expected: string;
  readonly output: string;
  readonly stable: string;
  /** `spam called ham`, `ROUGE-L 0.00`, or the error. */
  readonly what: string;
}

/** The worst answers of each task, errors first; at most so many a task. */
export function failuresOf({tasks, samples, inputs}: ReportView, most: number): Failure[] {
  const stable = new Map(samples.stable.map((sample) => [`${sample.task}/${sample.item}`, sample.output]));
  return Object.entries(tasks).flatMap(([task, view]) => {
    const reading = readingOf(view);
    return samples.candidate
      .filter((sample) => sample.task === task && (!reading.exact || scoreOf(sample, reading) < 1))
      .sort((a, b) => scoreOf(a, reading) - scoreOf(b, reading) || (a.item < b.item ? -1 : 1))
      .slice(0, most)
      .map((sample): Failure => ({
        task,
        item: sample.item,
        slices: sample.slices,
        input: inputs.get(`${task}/${sample.item}`) ?? '',
        expected: sample.expected ?? '',
        output: sample.output.trim(),
        stable: stable.get(`${task}/${sample.item}`)?.trim() ?? '',
        what: sample.error ?? reading.what(sample),
      }));
  });
}

/** Most mistakes of one kind that are named in a line. */
const NAMED = 3;

/** `triage` → `17 of 300 answers are wrong: spam called ham 9, ham called spam 8`: how each task fails, in a line. */
export function failureLines({tasks, samples}: ReportView): [task: string, line: string][] {
  return Object.entries(tasks).flatMap(([task, view]): [string, string][] => {
    const all = samples.candidate.filter((sample) => sample.task === task);
    if (all.length === 0) return [];
    const scored = all.filter(({error}) => error === null);
    const reading = readingOf(view);
    const line = reading.exact ? wrongLine(scored, reading) : lowestLine(scored, reading);
    const failed = all.length - scored.length;
    return [[task, failed === 0 ? line : `${line}; ${count(failed)} could not be scored`]];
  });
}

function wrongLine(scored: readonly MeasuredSample[], {score, what}: Reading): string {
  const wrong = scored.filter((sample) => score(sample) < 1);
  if (wrong.length === 0) return `none of ${count(scored.length)} answers is wrong`;
  const kinds = [...groupBy(wrong, what)]
    .map(([kind, {length}]) => ({kind, length}))
    .sort((a, b) => b.length - a.length || (a.kind < b.kind ? -1 : 1));
  const rest = kinds.slice(NAMED).reduce((sum, {length}) => sum + length, 0);
  const named = kinds.slice(0, NAMED).map(({kind, length}) => `${kind} ${count(length)}`);
  const parts = [...named, ...(rest === 0 ? [] : [`others ${count(rest)}`])];
  return `${count(wrong.length)} of ${count(scored.length)} answers are wrong: ${parts.join(', ')}`;
}

function lowestLine(scored: readonly MeasuredSample[], {score}: Reading): string {
  const scores = scored.map(score).sort((a, b) => a - b);
  const middle = scores[Math.floor((scores.length - 1) / 2)];
  return middle === undefined
    ? 'no answer'
    : `ROUGE-L of ${count(scores.length)} answers: lowest ${scores[0]!.toFixed(2)}, median ${middle.toFixed(2)}`;
}

/** `Minutes of the … · expected ham, answered spam`: a failure in one line. */
export function failureInBrief({input, expected, output}: Failure): string {
  return `${brief(input) || '(no input)'} · expected ${brief(expected) || '(nothing)'}, answered ${brief(output) || '(nothing)'}`;
}

const BRIEF_CHARS = 60;

function brief(text: string): string {
  const line = text
    .slice(0, 4 * BRIEF_CHARS)
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > BRIEF_CHARS ? `${line.slice(0, BRIEF_CHARS).trimEnd()} …` : line;
}
