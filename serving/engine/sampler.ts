import {askFor, logProbability} from './forward.ts';
import type {GenerateNext, NextToken} from './native.ts';

export interface SamplingOptions {
  readonly temperature: number;
  readonly top_p: number;
  readonly top_k: number;
  readonly min_p: number;
  readonly seed?: number | undefined;
}
export interface Sampled {
  readonly token: number;
  /** Under the model's own distribution, before temperature and truncation (vLLM's `raw_logprobs`). */
  readonly logprob: number;
  /** The `top` most probable tokens with their log-probabilities, most probable first. */
  readonly top: readonly (readonly [token: number, logprob: number])[];
}

/** Numbers in [0, 1) from a seed: mulberry32, 2³² states. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * Draws tokens. Temperature 0 takes the most probable one (the lower token id on equal logits); above 0 the order of
 * filters is vLLM's: temperature, min_p, top_k, top_p. The same seed, prompt and model give the same text.
 */
export class Sampler {
  readonly #options: SamplingOptions;
  readonly #top: number;
  readonly #random: () => number;
  readonly ask: GenerateNext;

  /** `top`: how many of the most probable tokens to report for each position. */
  constructor(options: SamplingOptions, top: number) {
    this.#options = options;
    this.#top = top;
    this.#random = options.seed === undefined ? Math.random : seededRandom(options.seed);
    this.ask = options.temperature === 0 ? askFor([], top) : {logits: true, totalLogitWeight: true};
  }

  pick(next: NextToken): Sampled {
    const token = this.#options.temperature === 0 ? next.token! : this.#draw(next.logits!);
    const top = [...next.logits!]
      .sort((a, b) => b[1] - a[1])
      .slice(0, this.#top)
      .map(([id]) => [id, logProbability(next, id)] as const);
    return {token, logprob: logProbability(next, token), top};
  }

  /** One of `weights` (log-probabilities) by the same temperature, as an index. */
  pickIndex(weights: readonly number[]): number {
    const best = weights.indexOf(Math.max(...weights));
    if (this.#options.temperature === 0) return best;
    const scaled = weights.map((w) => Math.exp((w - weights[best]!) / this.#options.temperature));
    let left = this.#random() * scaled.reduce((a, b) => a + b, 0);
    for (const [i, weight] of scaled.entries()) if ((left -= weight) < 0) return i;
    return best;
  }

  #draw(logits: ReadonlyMap<number, number>): number {
    const {temperature, top_k, top_p, min_p} = this.#options;
    let candidates = [...logits].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
    const largest = candidates[0]![1];
    const weight = (logit: number) => Math.exp((logit - largest) / temperature);
    if (min_p > 0) candidates = candidates.filter(([, logit]) => weight(logit) >= min_p);
    if (top_k > 0) candidates = candidates.slice(0, top_k);
    let total = candidates.reduce((sum, [, logit]) => sum + weight(logit), 0);
    if (top_p < 1) {
      let kept = 0;
      const end = candidates.findIndex(([, logit]) => (kept += weight(logit)) >= top_p * total);
      candidates = candidates.slice(0, end + 1);
      total = kept;
    }
    let left = this.#random() * total;
    for (const [token, logit] of candidates) if ((left -= weight(logit)) < 0) return token;
    return candidates[0]![0];
  }
}
