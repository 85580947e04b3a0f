import type {NativeModel} from './native.ts';

export interface Prompt {
  readonly text: string;
  readonly tokens: readonly number[];
  /** How many tokens at the beginning have no text: 1 where the model wants a BOS in front of every prompt. */
  readonly silent: number;
}

/**
 * A prompt as /v1/completions takes it. As in vLLM, a control token's name in it is that control token: a chat prompt comes
 * rendered. Who renders it disarms what users wrote (core/prompts/disarm.ts).
 */
export function plainPrompt(model: NativeModel, text: string): Prompt {
  const tokens = model.tokenize(text, true);
  const {bos, shouldPrependBosToken} = model.tokens;
  return shouldPrependBosToken && bos !== null
    ? {text, tokens: [bos, ...tokens], silent: 1}
    : {text, tokens, silent: 0};
}

export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/**
 * Where each token's text begins, in code points of the whole text from `base` on. Tokens that share one character (part
 * of a multi-byte sequence) share its offset; the first `silent` tokens have no text (a BOS that was put in front).
 */
export function tokenOffsets(model: NativeModel, tokens: readonly number[], base = 0, silent = 0): number[] {
  const offsets: number[] = [];
  let at = base;
  let pending: number[] = [];
  for (const [i, token] of tokens.entries()) {
    offsets.push(at);
    if (i < silent) continue;
    pending.push(token);
    const piece = model.detokenize(pending, true);
    // An unfinished character shows as U+FFFD; eight tokens are more than any character takes.
    if (piece.endsWith('\uFFFD') && pending.length < 8) continue;
    at += codePoints(piece);
    pending = [];
  }
  return offsets;
}

export function tokenTexts(model: NativeModel, tokens: readonly number[]): string[] {
  return tokens.map((token) => model.detokenize([token], true));
}

/**
 * Text of the tokens generated so far, fit to be sent: unfinished characters and what may be the beginning of a stop
 * string are held back, and everything from a stop string on is cut off.
 */
export class TextOut {
  readonly #model: NativeModel;
  readonly #stops: readonly string[];
  readonly #before: readonly number[];
  readonly #tokens: number[] = [];
  #sent = 0;
  #text = '';
  /** The stop string that was met. */
  stopped: string | null = null;

  /** `prompt`: whether a text begins with a space can depend on the tokens before it. */
  constructor(model: NativeModel, prompt: readonly number[], stops: readonly string[]) {
    this.#model = model;
    this.#before = prompt.slice(-4);
    this.#stops = stops;
  }

  /** Adds a token; true if a stop string is met. */
  push(token: number): boolean {
    this.#tokens.push(token);
    this.#text = this.#model.detokenize(this.#tokens, false, this.#before);
    const hits = this.#stops
      .map((stop) => ({stop, at: this.#text.indexOf(stop)}))
      .filter(({at}) => at >= 0)
      .sort((a, b) => a.at - b.at);
    if (hits.length === 0) return false;
    this.#text = this.#text.slice(0, hits[0]!.at);
    this.stopped = hits[0]!.stop;
    return true;
  }

  /** The text that is certain and was not taken before; all of it when `done`. */
  take(done: boolean): string {
    let end = this.#text.length;
    if (!done) {
      while (end > this.#sent && this.#text[end - 1] === '\uFFFD') end--;
      for (const stop of this.#stops)
        for (let length = Math.min(stop.length - 1, end); length > 0; length--)
          if (this.#text.startsWith(stop.slice(0, length), end - length)) {
            end -= length;
            break;
          }
    }
    const piece = this.#text.slice(this.#sent, Math.max(end, this.#sent));
    this.#sent = Math.max(end, this.#sent);
    return piece;
  }

  get text(): string {
    return this.#text;
  }
}
