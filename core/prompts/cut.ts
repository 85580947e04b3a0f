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
/** Tokens that a cut is looked for among: a character takes four, white space at the cut some. */
const STEPS_BACK = 8;

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
    const read = whole ? text : wholeCharacters(text, window);
    const ids = tokenizer.encode(read);
    if (whole && ids.length <= max) return {text, tokens: ids.length, truncated: false};
    if (ids.length > max) return cutAt(read, ids, max, tokenizer) ?? cutByHalves(read, max, tokenizer);
  }
}

/** `ids` of `text`; null where none of the last tokens that fit ends where the text could. */
function cutAt(text: string, ids: readonly number[], max: number, tokenizer: Tokenizer): Cut | null {
  for (let kept = max; kept > 0 && kept > max - STEPS_BACK; kept--) {
    const decoded = tokenizer.decode(ids.slice(0, kept));
    const start = text.slice(0, decoded.length + hiddenSpace(text, decoded)).trimEnd();
    const again = tokenizer.encode(start);
    // A token may end within a character; then the text up to there has other tokens.
    if (again.length <= kept && again.every((id, i) => id === ids[i]))
      return {text: start, tokens: again.length, truncated: true};
  }
  return null;
}

/** 1 where the tokenizer took the text's own first space for the one that it puts in front. */
function hiddenSpace(text: string, decoded: string): 0 | 1 {
  return spacesInFront(text) - spacesInFront(decoded) === 1 ? 1 : 0;
}
const spacesInFront = (text: string): number => /^ */.exec(text)![0].length;

/** For tokenizers whose tokens do not tell where they stand, as those that fold characters: it encodes log₂ of the length times. */
function cutByHalves(text: string, max: number, tokenizer: Tokenizer): Cut {
  const tokensUpTo = (length: number) => tokenizer.encode(wholeCharacters(text, length)).length;
  let fits = 0;
  for (let tooLong = text.length; tooLong - fits > 1;) {
    const middle = (fits + tooLong) >> 1;
    if (tokensUpTo(middle) <= max) fits = middle;
    else tooLong = middle;
  }
  const cut = wholeCharacters(text, fits);
  const start = cut.trimEnd();
  const tokens = tokenizer.encode(start).length;
  return tokens <= max
    ? {text: start, tokens, truncated: true}
    : {text: cut, tokens: tokensUpTo(fits), truncated: true};
}

/** The first `length` UTF-16 units, less one that is half of a character. */
export function wholeCharacters(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}
