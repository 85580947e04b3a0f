import type {Entry, Position} from './entry.ts';

/** An object of more bytes is skipped as malformed rather than held. */
export const MAX_OBJECT = 32 * 2 ** 20;

/** An object of more values is skipped as malformed: 32 MB of `{},` would take 650 MB of memory. */
const MAX_VALUES = 500_000;
/** Fewer bytes cannot hold so many that it matters. */
const FEW_BYTES = 2 ** 20;

const utf8 = new TextDecoder('utf-8', {fatal: true});
const LONG_INTEGER = /\d{16}/;

/**
 * The bytes of one JSON object as an entry: malformed if they are none or are not UTF-8, null if there is only white space.
 * Integers beyond 2^53 are texts, so that ids stay exact. Malformed, too, if `what` has more than MAX_OBJECT bytes, of which
 * only the first need be given, or more than MAX_VALUES values.
 */
export function parseObject(bytes: Uint8Array, position: Position, what: string): Entry | null {
  const malformed = (reason: string): Entry => ({...position, status: 'malformed', reason, bytes});
  if (position.length > MAX_OBJECT) return malformed(`${what} of more than ${MAX_OBJECT / 2 ** 20} MB`);
  if (bytes.length > FEW_BYTES && valuesIn(bytes) > MAX_VALUES)
    return malformed(`${what} of more than ${MAX_VALUES.toLocaleString('en')} values`);
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return malformed('not UTF-8');
  }
  if (text.trim() === '') return null;
  let value: unknown;
  try {
    value = LONG_INTEGER.test(text) ? JSON.parse(text, exactInteger) : JSON.parse(text);
  } catch {
    return malformed('not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return malformed('not a JSON object');
  return {...position, status: 'read', value: value as Record<string, unknown>, bytes};
}

/** An integer that a number cannot hold, such as a 64-bit id, as the text it is written as. */
function exactInteger(_key: string, value: unknown, context?: {readonly source?: string}): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? '';
  return /^-?\d+$/.test(source) ? source : value;
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
/** Behind each of them a value may begin. */
const BEFORE_VALUES = new Set(Buffer.from('[{,:'));

/** At least as many as JSON text holds; of other bytes any number. */
function valuesIn(bytes: Uint8Array): number {
  let count = 0;
  let quoted = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (quoted && byte === BACKSLASH) at++;
    else if (byte === QUOTE) quoted = !quoted;
    else if (!quoted && BEFORE_VALUES.has(byte)) count++;
  }
  return count;
}
