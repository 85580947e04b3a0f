import {describeColumns, textOf, type Column} from '../../core/onboarding/columns.ts';
import type {Proposal} from '../../core/onboarding/propose.ts';
import {textCandidates} from '../../core/onboarding/roles.ts';
import {detectLanguage} from '../../core/curation/language.ts';
import type {Tokenizer} from '../../core/prompts/tokenizer.ts';
import type {Sample} from '../../stores/sources/sample.ts';

/** Texts whose tokens are counted and whose language is detected. */
const LOOKED_AT = 400;
/** A language of fewer rows is not kept by itself. */
const LANGUAGE_SHARE = 0.1;
/** Where no tokenizer is there to count: English prose has four, names, numbers and other languages fewer. */
const CHARS_A_TOKEN = 3;

export function columnsOf({rows}: Sample): Column[] {
  return describeColumns(rows);
}

/** What the texts of the proposed column are like: languages, lengths in tokens and characters. */
export async function textsOf(
  sample: Sample,
  columns: readonly Column[],
  {shape, id}: Proposal,
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
