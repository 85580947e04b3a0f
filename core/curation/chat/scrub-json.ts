/** Where a string of JSON text opens, or a number; whatever else there is holds no data. */
const TOKEN = /"|-?\d[\d.eE+-]*/g;
/** Characters of a key that a value is read behind. */
const MAX_LEAD = 40;

/**
 * JSON text with each of its strings and numbers scrubbed by itself, so that it stays JSON: what is replaced in a number
 * makes it a string. A value is scrubbed with its key before it, since `phone` says what a number is. Layout and order stay.
 * Text that is no JSON (a model may write such arguments) is scrubbed as a whole.
 */
export function scrubJson(text: string, scrub: (text: string) => string): string {
  if (!isJson(text)) return scrub(text);
  const token = new RegExp(TOKEN);
  let scrubbed = '';
  let at = 0;
  let lead = '';
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const isString = match[0] === '"';
    if (isString) token.lastIndex = stringEnd(text, match.index);
    const literal = text.slice(match.index, token.lastIndex);
    const value = isString ? (JSON.parse(literal) as string) : literal;
    const isKey = isString && COLON.test(text.slice(token.lastIndex, token.lastIndex + MAX_GAP));
    const clean = isKey ? scrub(value) : scrubBehind(lead, value, scrub);
    // The cut may leave half a character, which no scrubbing leaves as it is.
    if (isKey) lead = `${clean.slice(-MAX_LEAD).toWellFormed()}: `;
    scrubbed += text.slice(at, match.index) + (clean === value ? literal : JSON.stringify(clean));
    at = token.lastIndex;
  }
  return scrubbed + text.slice(at);
}

/** A key is what a colon follows, with this much white space between them at most. */
const MAX_GAP = 64;
const COLON = /^\s*:/;

/** The value scrubbed as it is read behind its key; by itself where that would change the key. */
function scrubBehind(lead: string, value: string, scrub: (text: string) => string): string {
  const scrubbed = scrub(lead + value);
  return scrubbed.startsWith(lead) ? scrubbed.slice(lead.length) : scrub(value);
}

/** Behind the quote that closes the string which opens at `start`. */
function stringEnd(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

/** An odd number of backslashes stands before it. */
function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text[first - 1] === '\\') first--;
  return (at - first) % 2 === 1;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
