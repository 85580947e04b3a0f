import {clippedMatches, ngramCounts} from './ngrams.ts';
import {tokenize13a} from './tokenize-13a.ts';

const ORDER = 4;

/** What BLEU needs of one sentence; those of several are added before they are scored: corpus ≠ mean of sentences. */
export interface BleuStatistics {
  /** Clipped matches of 1- to 4-grams. */
  readonly matches: readonly number[];
  /** n-grams of the hypothesis. */
  readonly totals: readonly number[];
  readonly hypothesisLength: number;
  readonly referenceLength: number;
}

export function bleuStatistics(hypothesis: string, reference: string): BleuStatistics {
  const h = tokenize13a(hypothesis);
  const r = tokenize13a(reference);
  const orders = Array.from({length: ORDER}, (_, i) => i + 1);
  return {
    matches: orders.map((n) => clippedMatches(ngramCounts(h, n), ngramCounts(r, n))),
    totals: orders.map((n) => Math.max(0, h.length - n + 1)),
    hypothesisLength: h.length,
    referenceLength: r.length,
  };
}

export function addBleuStatistics(parts: readonly BleuStatistics[]): BleuStatistics {
  const sum = (pick: (part: BleuStatistics) => number): number =>
    parts.reduce((s, part) => s + pick(part), 0);
  const orders = Array.from({length: ORDER}, (_, i) => i);
  return {
    matches: orders.map((i) => sum((part) => part.matches[i]!)),
    totals: orders.map((i) => sum((part) => part.totals[i]!)),
    hypothesisLength: sum((part) => part.hypothesisLength),
    referenceLength: sum((part) => part.referenceLength),
  };
}

/**
 * BLEU, 0 … 100, with sacrebleu's exponential smoothing: the k-th order without a match counts 1 / (2^k · n-grams).
 * `effectiveOrder` averages only over orders the hypothesis is long enough for (for single sentences).
 * Papineni et al. 2002; Chen and Cherry 2014, method 3; Post 2018.
 */
export function bleuScore(statistics: BleuStatistics, effectiveOrder = false): number {
  const {matches, totals, hypothesisLength: h, referenceLength: r} = statistics;
  if (matches.every((count) => count === 0)) return 0;
  let smoothing = 1;
  let logs = 0;
  let order = 0;
  for (let i = 0; i < ORDER && totals[i]! > 0; i++) {
    if (matches[i] === 0) smoothing *= 2;
    const precision = matches[i] === 0 ? 1 / (smoothing * totals[i]!) : matches[i]! / totals[i]!;
    logs += Math.log(precision);
    order++;
  }
  if (!effectiveOrder && order < ORDER) return 0;
  const brevity = h < r ? Math.exp(1 - r / h) : 1;
  return 100 * brevity * Math.exp(logs / order);
}

/** Corpus BLEU: one score over all sentences together, one reference each. Throws RangeError where the lengths differ. */
export function corpusBleu(hypotheses: readonly string[], references: readonly string[]): number {
  if (hypotheses.length !== references.length) {
    throw new RangeError(`corpusBleu: ${hypotheses.length} hypotheses, ${references.length} references`);
  }
  return bleuScore(addBleuStatistics(hypotheses.map((h, i) => bleuStatistics(h, references[i]!))));
}

/** BLEU of one sentence, with effective order. */
export function sentenceBleu(hypothesis: string, reference: string): number {
  return bleuScore(bleuStatistics(hypothesis, reference), true);
}
