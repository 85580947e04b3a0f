import {textOf, type Column, type SourceRecord} from './columns.ts';
import {LEAST_CLASSES, MOST_CLASSES} from './roles.ts';
import {spelledClasses} from './spellings.ts';

/** Rows that are looked at, words of each, and the fewest rows that say anything. */
const MOST_ROWS = 1500;
const MOST_WORDS = 150;
const LEAST_ROWS = 40;
/** Values of fewer rows than this are left out: half of them teach, half of them ask. */
const LEAST_OF_A_VALUE = 4;

/**
 * The columns with what their values have to do with a text: how well naive Bayes over the text's words tells the values apart
 * that it has not seen (`told`; 0 = no better than a guess, 1 = always right; balanced accuracy). Only where a column has as
 * few values as a classification has classes. What the text says nothing of is no answer to it, whatever it is called.
 */
export function withToldBy(
  columns: readonly Column[],
  rows: readonly SourceRecord[],
  text: string,
): Column[] {
  const step = Math.max(1, Math.floor(rows.length / MOST_ROWS));
  const looked = rows.filter((_, i) => i % step === 0).slice(0, MOST_ROWS);
  const words = looked.map((row) => wordsOf(row[text]));
  return columns.map((column) => {
    if (column.name === text || column.distinct < LEAST_CLASSES || column.distinct > MOST_CLASSES)
      return column;
    const spelled = new Map(
      spelledClasses(column.values).flatMap(({label, aliases}) =>
        [label, ...aliases].map((value) => [value, label] as const),
      ),
    );
    const values = looked.map((row) => spelled.get(valueOf(row[column.name])) ?? null);
    const told = toldApart(words, values);
    return told === null ? column : {...column, told};
  });
}

/** The different words of a text, in small letters. */
export function wordsOf(value: unknown): ReadonlySet<string> {
  if (value === undefined || value === null) return new Set();
  const all =
    textOf(value)
      .slice(0, 4000)
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  return new Set(all.slice(0, MOST_WORDS));
}

function valueOf(value: unknown): string {
  return value === undefined || value === null ? '' : textOf(value);
}

/** Null where there is too little to say. */
function toldApart(texts: readonly ReadonlySet<string>[], values: readonly (string | null)[]): number | null {
  const often = new Map<string, number>();
  for (const value of values) if (value !== null) often.set(value, (often.get(value) ?? 0) + 1);
  const classes = [...often].filter(([, n]) => n >= LEAST_OF_A_VALUE).map(([value]) => value);
  // The same text twice would be known, not told.
  const seen = new Set<string>();
  const rows = texts.flatMap((words, i) => {
    const label = classes.indexOf(values[i] ?? '');
    const key = [...words].sort().join(' ');
    if (label < 0 || words.size === 0 || seen.has(key)) return [];
    seen.add(key);
    return [{words, label}];
  });
  if (classes.length < LEAST_CLASSES || rows.length < LEAST_ROWS) return null;
  const asked = new Array<number>(classes.length).fill(0);
  const right = new Array<number>(classes.length).fill(0);
  for (const half of [0, 1]) {
    const tell = learn(
      rows.filter((_, i) => halfOf(i) !== half),
      classes.length,
    );
    for (const [i, {words, label}] of rows.entries()) {
      if (halfOf(i) !== half) continue;
      asked[label]!++;
      if (tell(words) === label) right[label]!++;
    }
  }
  const recalls = asked.flatMap((n, label) => (n === 0 ? [] : [right[label]! / n]));
  const mean = recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length;
  const guess = 1 / classes.length;
  return Math.max(0, (mean - guess) / (1 - guess));
}

/** Rows that lie in a pattern are not split by it. */
function halfOf(i: number): number {
  return (Math.imul(i + 1, 0x9e3779b1) >>> 31) & 1;
}

/** Naive Bayes over which words are there, with equal priors and one row added to each count. */
function learn(
  rows: readonly {readonly words: ReadonlySet<string>; readonly label: number}[],
  classes: number,
): (words: ReadonlySet<string>) => number {
  const counts = new Map<string, number[]>();
  const totals = new Array<number>(classes).fill(0);
  for (const {words, label} of rows) {
    totals[label]!++;
    for (const word of words) {
      let of = counts.get(word);
      if (of === undefined) counts.set(word, (of = new Array<number>(classes).fill(0)));
      of[label]!++;
    }
  }
  return (words) => {
    const scores = new Array<number>(classes).fill(0);
    for (const word of words) {
      const of = counts.get(word);
      if (of === undefined) continue;
      for (let label = 0; label < classes; label++)
        scores[label]! += Math.log((of[label]! + 1) / (totals[label]! + 2));
    }
    return scores.indexOf(Math.max(...scores));
  };
}
