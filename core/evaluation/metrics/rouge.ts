import {clippedMatches, ngramCounts} from './ngrams.ts';
import {porterStem} from './porter.ts';

/** 0 … 1 each. */
export interface RougeScore {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}
export interface RougeOptions {
  /** Porter's stemmer on words of more than 3 letters, as rouge_scorer's `use_stemmer`. Default false. */
  readonly stem?: boolean;
}

/** Lower-cased runs of [a-z0-9]: rouge_scorer's tokeniser. Other scripts have no token. */
export function rougeTokens(text: string, {stem = false}: RougeOptions = {}): string[] {
  const tokens = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return stem ? tokens.map((token) => (token.length > 3 ? porterStem(token) : token)) : tokens;
}

/** ROUGE-N: overlap of n-grams (Lin 2004; google-research rouge_scorer). */
export function rougeN(
  candidate: string,
  reference: string,
  order: number,
  options: RougeOptions = {},
): RougeScore {
  const c = ngramCounts(rougeTokens(candidate, options), order);
  const r = ngramCounts(rougeTokens(reference, options), order);
  const size = (counts: Map<string, number>): number => [...counts.values()].reduce((s, n) => s + n, 0);
  return score(clippedMatches(r, c), size(c), size(r));
}

/** ROUGE-L: longest common subsequence of the whole texts; line breaks don't count. */
export function rougeL(candidate: string, reference: string, options: RougeOptions = {}): RougeScore {
  const c = rougeTokens(candidate, options);
  const r = rougeTokens(reference, options);
  return score(lcsTable(r, c)[r.length]![c.length]!, c.length, r.length);
}

/** ROUGE-Lsum: union of the subsequences a reference line has with all candidate lines. ROUGE-L ≠ ROUGE-Lsum. */
export function rougeLsum(candidate: string, reference: string, options: RougeOptions = {}): RougeScore {
  const lines = (text: string): string[][] =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => rougeTokens(line, options));
  const candidates = lines(candidate);
  const references = lines(reference);
  const left = {c: ngramCounts(candidates.flat(), 1), r: ngramCounts(references.flat(), 1)};
  let hits = 0;
  for (const line of references) {
    const union = new Set(candidates.flatMap((c) => lcsIndices(line, c)));
    for (const index of [...union].sort((a, b) => a - b)) {
      const token = line[index]!;
      const c = left.c.get(token) ?? 0;
      const r = left.r.get(token) ?? 0;
      if (c > 0 && r > 0) {
        hits++;
        left.c.set(token, c - 1);
        left.r.set(token, r - 1);
      }
    }
  }
  return score(hits, candidates.flat().length, references.flat().length);
}

function score(matches: number, candidate: number, reference: number): RougeScore {
  const precision = candidate === 0 ? 0 : matches / candidate;
  const recall = reference === 0 ? 0 : matches / reference;
  return {
    precision,
    recall,
    f1: precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0,
  };
}

function lcsTable(reference: readonly string[], candidate: readonly string[]): Uint32Array[] {
  const table = [new Uint32Array(candidate.length + 1)];
  for (let i = 1; i <= reference.length; i++) {
    const row = new Uint32Array(candidate.length + 1);
    const above = table[i - 1]!;
    for (let j = 1; j <= candidate.length; j++) {
      row[j] = reference[i - 1] === candidate[j - 1] ? above[j - 1]! + 1 : Math.max(above[j]!, row[j - 1]!);
    }
    table.push(row);
  }
  return table;
}

/** Positions in the reference of one longest common subsequence; ties go the way rouge_scorer's backtracking does. */
function lcsIndices(reference: readonly string[], candidate: readonly string[]): number[] {
  const table = lcsTable(reference, candidate);
  const indices: number[] = [];
  let i = reference.length;
  let j = candidate.length;
  while (i > 0 && j > 0) {
    if (reference[i - 1] === candidate[j - 1]) {
      indices.push(i - 1);
      i--;
      j--;
    } else if (table[i]![j - 1]! > table[i - 1]![j]!) j--;
    else i--;
  }
  return indices;
}
