import type {ChatTurn} from './chat-template.ts';
import {cutToTokens, wholeCharacters, type Cut} from './cut.ts';
import {disarm} from './disarm.ts';
import type {Tokenizer} from './tokenizer.ts';
import {turnTokens} from './turn-tokens.ts';

/** How long texts are for a model, and what makes a user's text harmless to it. */
export interface Measure {
  /** The longest start of a text of at most `max` tokens. */
  cut(text: string, max: number): Cut;
  /** A user's text in which nothing is left that the model would take for its own control tokens. */
  disarm(text: string): string;
  /** Tokens around a turn's text, by role. */
  around(): Readonly<Record<ChatTurn['role'], number>>;
}

/** Exact, for a model whose tokenizer is known. */
export function measureOf(tokenizer: Tokenizer): Measure {
  return {
    cut: (text, max) => cutToTokens(text, max, tokenizer),
    disarm: (text) => disarm(text, tokenizer),
    around: () => turnTokens(tokenizer),
  };
}

/** UTF-16 units of a text that count as one token. */
const UNITS = 3;
/** Every vendor's chat format takes a few. */
const AROUND = 4;

/**
 * For a model whose tokenizer is its vendor's own: one token for every three UTF-16 units. English has about four characters a
 * token in the vendors' tokenizers, so what fits by this estimate fits the model; rare scripts may take more. What the vendor
 * counted comes back with the answer. Messages go to a vendor as messages, so that there is no control token to disarm.
 */
export const estimatedMeasure: Measure = {
  cut(text, max) {
    if (max <= 0) return {text: '', tokens: 0, truncated: text !== ''};
    const fits = text.length <= max * UNITS;
    const kept = fits ? text : wholeCharacters(text, max * UNITS).trimEnd();
    return {text: kept, tokens: Math.ceil(kept.length / UNITS), truncated: !fits};
  },
  disarm: (text) => text,
  around: () => ({system: AROUND, user: AROUND, assistant: AROUND, tool: AROUND}),
};
