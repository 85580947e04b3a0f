import type {Tokenizer} from './tokenizer.ts';

export interface Cut {
  readonly text: string;
  /** Tokens of `text` encoded by itself. */
  readonly tokens: number;
  readonly truncated: boolean;
}

/** Characters that are read for a token, and at least for all of them: words have four, indented code eight. */
const READ_A_TOKEN = 16;
const READ = 4096;

/**
 * The longest start of `text` of at most `max` tokens that ends where a token ends and, encoded again by itself, gives the
 * same tokens. White space at a cut is dropped. Reads no more of the text than it needs, and where a token stands for many
 * characters (a line of dashes) no more than 16 characters a token, or 4096: merging takes longer than a text's length.
 */
export function cutToTokens(text: string, max: number, tokenizer: Tokenizer): Cut {
  if (max <= 0) return {text: '', tokens: 0, truncated: text !== ''};
  const most = Math.max(READ, max * READ_A_TOKEN);
  if (text.length > most) {
    const {text: cut, tokens} = cutToTokens(wholeCharacters(text, most), max, tokenizer);
    const start = cut.trimEnd();
    return {text: start, tokens: start === cut ? tokens : tokenizer.encode(start).length, truncated: true};
  }
  for (let window = max * 8; ; window *= 2) {
    const whole = window >= text.length;
    const ids = tokenizer.encode(whole ? text : wholeCharacters(text, window));
    if (whole && ids.length <= max) return {text, tokens: ids.length, truncated: false};
    if (ids.length > max) return cutAt(text, ids, max, tokenizer);
  }
}

function cutAt(text: string, ids: readonly number[], max: number, tokenizer: Tokenizer): Cut {
  for (let kept = max; kept > 0; kept--) {
    const decoded = tokenizer.decode(ids.slice(0, kept));
    // A token may end within a character; then the text does not start with what was decoded.
    if (!text.startsWith(decoded)) continue;
    const start = decoded.trimEnd();
    const again = tokenizer.encode(start);
    if (again.length <= kept && again.every((id, i) => id === ids[i]))
      return {text: start, tokens: again.length, truncated: true};
  }
  return {text: '', tokens: 0, truncated: true};
}

function wholeCharacters(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}
