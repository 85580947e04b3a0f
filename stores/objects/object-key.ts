import {ErrorType, RatchetError} from '../../schemas/errors.ts';

const SEGMENT = /^[A-Za-z0-9_%=@+,:~()!-][A-Za-z0-9._%=@+,:~()!-]*$/;

/**
 * Keys are the same everywhere, so that a project can move from a folder to S3: names of letters, digits and `._%=@+,:~()!-`
 * between single slashes, none starting with a dot (no `..`, no hidden files), at most 200 bytes each and 900 together.
 * Throws InvalidInput.
 */
export function checkKey(key: string): string {
  const wrong = key.length > 900 ? 'more than 900 bytes' : key.split('/').map(wrongSegment).find(Boolean);
  if (wrong)
    throw new RatchetError(
      ErrorType.InvalidInput,
      `${JSON.stringify(key.slice(0, 120))} cannot be a key of the object store (${wrong}): use names of letters, digits and ._%=@+,:~()!- between single slashes`,
    );
  return key;
}

/** As checkKey, for a prefix: empty, or a key that may end in a slash or in the middle of a name. */
export function checkPrefix(prefix: string): string {
  if (prefix !== '') checkKey(prefix.endsWith('/') ? prefix.slice(0, -1) : prefix);
  return prefix;
}

/** Any text as one name of a key: what isn't a letter, a digit or `-_~` is percent-encoded. */
export function keySegment(text: string): string {
  return [...new TextEncoder().encode(text)]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      return /[A-Za-z0-9_~-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

function wrongSegment(name: string): string | null {
  if (name === '') return 'an empty name';
  if (name.startsWith('.')) return 'a name that starts with a dot';
  if (name.length > 200) return 'a name of more than 200 bytes';
  return SEGMENT.test(name) ? null : 'a character that is not allowed';
}
