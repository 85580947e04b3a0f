import {splitWords} from './words.ts';

/**
 * SQuAD's answer normalisation (Rajpurkar et al. 2016): lower case, no ASCII punctuation, no articles, single spaces.
 */
export function normalizeAnswer(text: string): string {
  const bare = text
    .toLowerCase()
    .replace(/[!-/:-@[-`{-~]/g, '')
    .replace(/(?<![\p{L}\p{N}_])(a|an|the)(?![\p{L}\p{N}_])/gu, ' ');
  return splitWords(bare).join(' ');
}

/** 1 if the normalised texts are the same, else 0. */
export function exactMatch(prediction: string, reference: string): number {
  return normalizeAnswer(prediction) === normalizeAnswer(reference) ? 1 : 0;
}

/**
 * F1 over bags of normalised tokens, as SQuAD 2.0's script (others use sets): repeated words count as often as both have
 * them. Where either side has no token, 1 if both have none, else 0.
 */
export function tokenF1(prediction: string, reference: string): number {
  const tokens = (text: string): string[] => normalizeAnswer(text).split(' ').filter(Boolean);
  const p = tokens(prediction);
  const r = tokens(reference);
  if (p.length === 0 || r.length === 0) return p.length === r.length ? 1 : 0;
  const left = new Map<string, number>();
  for (const token of r) left.set(token, (left.get(token) ?? 0) + 1);
  let common = 0;
  for (const token of p) {
    const n = left.get(token) ?? 0;
    if (n > 0) {
      common++;
      left.set(token, n - 1);
    }
  }
  if (common === 0) return 0;
  const precision = common / p.length;
  const recall = common / r.length;
  return (2 * precision * recall) / (precision + recall);
}
