import {splitWords, withoutSpace} from './words.ts';
import {clippedMatches, ngramCounts} from './ngrams.ts';

const CHARACTER_ORDER = 6;
const BETA = 2;
const PUNCTUATION = new Set('!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~');

/** n-grams of hypothesis and reference and their matches: [hypothesis, reference, matches] an order. */
export type ChrfStatistics = readonly (readonly [number, number, number])[];

/** Statistics of one sentence; `wordOrder` 0 is chrF, 2 is chrF++. Whitespace is left out of characters. */
export function chrfStatistics(hypothesis: string, reference: string, wordOrder = 0): ChrfStatistics {
  const characters = (text: string): string[] => [...withoutSpace(text)];
  const rows: [number, number, number][] = [];
  const add = (h: string[], r: string[], order: number): void => {
    for (let n = 1; n <= order; n++) {
      const hypothesisGrams = Math.max(0, h.length - n + 1);
      const referenceGrams = Math.max(0, r.length - n + 1);
      rows.push([
        referenceGrams > 0 ? hypothesisGrams : 0,
        referenceGrams,
        clippedMatches(ngramCounts(h, n), ngramCounts(r, n)),
      ]);
    }
  };
  add(characters(hypothesis), characters(reference), CHARACTER_ORDER);
  if (wordOrder > 0) add(words(hypothesis), words(reference), wordOrder);
  return rows;
}

/** chrF, 0 … 100, over any number of sentences' statistics added up (Popović 2015, 2017; sacrebleu's, without ε smoothing). */
export function chrfScore(parts: readonly ChrfStatistics[]): number {
  const orders = parts[0]?.length ?? 0;
  let precision = 0;
  let recall = 0;
  let effective = 0;
  for (let i = 0; i < orders; i++) {
    const [h, r, matches] = [0, 1, 2].map((k) => parts.reduce((sum, part) => sum + part[i]![k]!, 0)) as [
      number,
      number,
      number,
    ];
    if (h === 0 || r === 0) continue;
    precision += matches / h;
    recall += matches / r;
    effective++;
  }
  if (effective === 0 || precision + recall === 0) return 0;
  precision /= effective;
  recall /= effective;
  return (100 * (1 + BETA * BETA) * precision * recall) / (BETA * BETA * precision + recall);
}

export function sentenceChrf(hypothesis: string, reference: string, wordOrder = 0): number {
  return chrfScore([chrfStatistics(hypothesis, reference, wordOrder)]);
}

/** Throws RangeError where the lengths differ. */
export function corpusChrf(
  hypotheses: readonly string[],
  references: readonly string[],
  wordOrder = 0,
): number {
  if (hypotheses.length !== references.length) {
    throw new RangeError(`corpusChrf: ${hypotheses.length} hypotheses, ${references.length} references`);
  }
  return chrfScore(hypotheses.map((h, i) => chrfStatistics(h, references[i]!, wordOrder)));
}

/** Words with a leading or else a trailing punctuation mark split off. */
function words(text: string): string[] {
  return splitWords(text).flatMap((word) => {
    const letters = [...word];
    if (letters.length === 1) return [word];
    if (PUNCTUATION.has(letters.at(-1)!)) return [letters.slice(0, -1).join(''), letters.at(-1)!];
    if (PUNCTUATION.has(letters[0]!)) return [letters[0]!, letters.slice(1).join('')];
    return [word];
  });
}
