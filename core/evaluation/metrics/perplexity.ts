import {SPACE} from './words.ts';

/** Sum of −ln p (nats) over a text's tokens, and how long it is in each unit. */
export interface Likelihood {
  readonly nll: number;
  readonly tokens: number;
  readonly words: number;
  readonly bytes: number;
}

/** exp(Σ NLL / Σ tokens): depends on the tokeniser, so only models with the same one compare. */
export function tokenPerplexity(items: readonly Pick<Likelihood, 'nll' | 'tokens'>[]): number {
  return Math.exp(ratio(items, (item) => item.tokens));
}

/** exp(Σ NLL / Σ words), words as countWords counts them (lm-evaluation-harness `word_perplexity`). */
export function wordPerplexity(items: readonly Pick<Likelihood, 'nll' | 'words'>[]): number {
  return Math.exp(ratio(items, (item) => item.words));
}

/** exp(Σ NLL / Σ bytes) (lm-evaluation-harness `byte_perplexity`). */
export function bytePerplexity(items: readonly Pick<Likelihood, 'nll' | 'bytes'>[]): number {
  return Math.exp(ratio(items, (item) => item.bytes));
}

/** Σ NLL / Σ bytes / ln 2: compares models of different tokenisers. */
export function bitsPerByte(items: readonly Pick<Likelihood, 'nll' | 'bytes'>[]): number {
  return ratio(items, (item) => item.bytes) / Math.LN2;
}

/**
 * Pieces between runs of white space, as lm-evaluation-harness counts words: `len(re.split(r"\s+", text))`, so white space at
 * an end adds one.
 */
export function countWords(text: string): number {
  return text.split(SPACE).length;
}

function ratio<T extends {nll: number}>(items: readonly T[], length: (item: T) => number): number {
  const total = items.reduce((sum, item) => sum + length(item), 0);
  if (!(total > 0)) throw new RangeError('perplexity: expected at least one token, word or byte');
  return items.reduce((sum, item) => sum + item.nll, 0) / total;
}
