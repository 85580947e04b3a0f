import {readTime} from '../curation/time.ts';
import {textOf, type Column, type SourceRecord} from './columns.ts';
import {GROUP, named} from './roles.ts';
import {wordsOf} from './told-by-text.ts';

/** A column that rows could be split by, and why. */
export interface SplitColumn {
  readonly column: Column;
  readonly why: string;
  /** Written into the settings; else only named in a comment. */
  readonly taken: boolean;
}

/** Fewer groups than this make no three splits with several groups each. */
const LEAST_GROUPS = 20;
/** A larger group fills a whole split. */
const LARGEST_SHARE = 0.15;
/** Rows for each value, at the mean. */
const LEAST_REPEATS = 1.2;
/** Without a name that says so: that many different values, and texts of one value so much more alike than others. */
const LEAST_UNNAMED = 51;
const LEAST_ALIKE = 1.5;

/** Columns whose values repeat, and whose rows belong together by the column's name or their words; the best first. */
export function groupColumns(
  columns: readonly Column[],
  rows: readonly SourceRecord[],
  text: string,
): SplitColumn[] {
  return columns
    .flatMap((column) => {
      const {name, kind, filled, distinct, longest, values} = column;
      if (!['text', 'number'].includes(kind) || longest > 200 || distinct < 2) return [];
      if (filled < rows.length / 2 || filled < LEAST_REPEATS * distinct) return [];
      const byName = named(column, GROUP);
      const alike = byName || distinct >= LEAST_UNNAMED ? likeness(rows, name, text) : null;
      if (!byName && (distinct < LEAST_UNNAMED || alike === null || alike < LEAST_ALIKE)) return [];
      const largest = values[0]?.[1] ?? 0;
      const fits = distinct >= LEAST_GROUPS && largest <= LARGEST_SHARE * rows.length;
      const why = [
        `${distinct} different values in ${filled} rows${byName ? ', and by its name' : ''}`,
        ...(alike !== null && alike >= LEAST_ALIKE
          ? [`rows of one value share ${alike.toFixed(1)} times as many words as others`]
          : []),
        ...(fits
          ? []
          : [
              distinct < LEAST_GROUPS
                ? `but ${distinct} groups are few for several splits`
                : `but the largest group has ${largest} rows`,
            ]),
      ].join('; ');
      return [
        {column, why, taken: fits, score: (byName ? 1 : 0) + (fits ? 2 : 0) + Math.min(1, (alike ?? 0) / 10)},
      ];
    })
    .sort((a, b) => b.score - a.score)
    .map(({column, why, taken}) => ({column, why, taken}));
}

const PAIRS = 300;

/** How many times as many words two rows of one value share as two neighbouring rows of different ones; null: no pairs. */
function likeness(rows: readonly SourceRecord[], name: string, text: string): number | null {
  const groups = [
    ...Map.groupBy(rows.slice(0, 5000), (row) => {
      const value = row[name];
      return value === undefined || value === null ? '' : textOf(value);
    }),
  ].filter(([value, own]) => value !== '' && own.length > 1);
  const step = Math.max(1, Math.floor(groups.length / PAIRS));
  const chosen = groups.filter((_, i) => i % step === 0).slice(0, PAIRS);
  const words = (row: SourceRecord | undefined): ReadonlySet<string> => wordsOf(row?.[text]);
  const within = chosen.map(([, own]) => shared(words(own[0]), words(own.at(-1))));
  const across = chosen.map(([, own], i) =>
    shared(words(own[0]), words(chosen[(i + 1) % chosen.length]?.[1].at(-1))),
  );
  const mean = (of: readonly number[]): number => of.reduce((sum, n) => sum + n, 0) / of.length;
  return chosen.length < 10 ? null : (mean(within) + 0.001) / (mean(across) + 0.001);
}

/** Jaccard. */
function shared(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const both = [...a].filter((word) => b.has(word)).length;
  const all = a.size + b.size - both;
  return all === 0 ? 0 : both / all;
}

/** Columns that hold a time in every row; of those that hold dates, and cannot be read as such, the reason says so. */
export function timeColumns(columns: readonly Column[], rows: readonly SourceRecord[]): SplitColumn[] {
  return columns.flatMap((column): SplitColumn[] => {
    const dated = column.kind === 'date' || named(column, ['date', 'time', 'timestamp', 'created', 'day']);
    if (!dated || column.filled === 0) return [];
    const values = rows.map((row) => row[column.name]);
    const read = values.filter((value) => readTime(value) !== null).length;
    if (read === rows.length) return [{column, why: 'every row has a date', taken: true}];
    const first = values.find((value) => value !== undefined && value !== null && readTime(value) === null);
    const sample =
      first === undefined || textOf(first) === '' ? 'rows without one' : `"${textOf(first).slice(0, 30)}"`;
    const why = `${rows.length - read} of ${rows.length} rows have no date that is read the same everywhere, such as ${sample}: write 2026-01-31`;
    return column.kind === 'date' || read > 0 ? [{column, why, taken: false}] : [];
  });
}
