import {describeColumns, textOf, type Column} from '../../core/onboarding/columns.ts';
import {groupColumns, timeColumns, type SplitColumn} from '../../core/onboarding/belongings.ts';
import type {Proposal, Wishes} from '../../core/onboarding/propose.ts';
import {textCandidates} from '../../core/onboarding/roles.ts';
import {withToldBy} from '../../core/onboarding/told-by-text.ts';
import {detectLanguage} from '../../core/curation/language.ts';
import type {Tokenizer} from '../../core/prompts/tokenizer.ts';
import type {Sample} from '../../stores/sources/sample.ts';

/** Texts whose tokens are counted and whose language is detected. */
const LOOKED_AT = 400;
/** A language of fewer rows is not kept by itself. */
const LANGUAGE_SHARE = 0.1;
/** Where no tokenizer is there to count: English prose has four, names, numbers and other languages fewer. */
const CHARS_A_TOKEN = 3;

/** The columns, and what the likeliest text (or the one that was named) tells of each. */
export function columnsOf({rows}: Sample, {text}: Pick<Wishes, 'text'> = {}): Column[] {
  const columns = describeColumns(rows);
  const shown = columns.find(({name}) => name === text) ?? textCandidates(columns)[0]?.column;
  return shown === undefined ? columns : withToldBy(columns, rows, shown.name);
}

/** What rows belong to, and when they are from, by the columns that the proposal leaves. */
export function splitColumns(
  {rows}: Sample,
  columns: readonly Column[],
  {shape, id}: Proposal,
): {readonly group: SplitColumn | null; readonly time: SplitColumn | null} {
  const taken = shape.of === 'messages' ? [shape.messages.column] : [shape.text.column, shape.answer.column];
  const open = columns.filter((column) => ![...taken, id?.column].includes(column));
  return {
    group: groupColumns(open, rows, taken[0]!.name)[0] ?? null,
    time: timeColumns(open, rows)[0] ?? null,
  };
}

/** What the texts of the proposed column are like: languages, lengths in tokens and characters. */
export async function textsOf(
  sample: Sample,
  columns: readonly Column[],
  {shape, id}: Proposal,
  {group, time}: ReturnType<typeof splitColumns>,
  tokenizer: Tokenizer | null,
) {
  const name = shape.of === 'messages' ? shape.messages.column.name : shape.text.column.name;
  const step = Math.max(1, Math.floor(sample.rows.length / LOOKED_AT));
  const texts = sample.rows
    .filter((_, i) => i % step === 0)
    .slice(0, LOOKED_AT)
    .map((row) => row[name])
    .filter((value) => value !== undefined && value !== null)
    .map(textOf);
  const chars = sorted(texts.map((text) => text.length));
  const tokens = tokenizer && sorted(texts.map((text) => tokenizer.encode(text).length));
  const taken = [
    name,
    ...(shape.of === 'pair' ? [shape.answer.column.name] : []),
    ...(id ? [id.column.name] : []),
    ...[group, time].flatMap((split) => (split ? [split.column.name] : [])),
  ];
  return {
    languages: await languagesOf(texts),
    tokens: {
      most: tokens ? quantile(tokens, 0.95) : Math.ceil(quantile(chars, 0.95) / CHARS_A_TOKEN),
      counted: tokens !== null,
    },
    shortChars: quantile(chars, 0.02),
    otherTexts:
      shape.of === 'messages'
        ? []
        : textCandidates(columns, taken)
            .filter(({column}) => column.distinct > 20)
            .map(({column}) => column.name),
  };
}

/** Languages of at least a tenth of the rows in which one was detected; none where most rows are too short to tell. */
async function languagesOf(texts: readonly string[]): Promise<string[]> {
  const detected = await Promise.all(texts.map(detectLanguage));
  const codes = detected.map(({code}) => code).filter((code) => code !== 'und');
  if (codes.length < texts.length / 5) return [];
  const often = Map.groupBy(codes, (code) => code);
  const kept = [...often].filter(([, rows]) => rows.length >= LANGUAGE_SHARE * codes.length);
  return kept.sort((a, b) => b[1].length - a[1].length).map(([code]) => code);
}

function sorted(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}
function quantile(ascending: readonly number[], q: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(q * ascending.length))] ?? 0;
}
