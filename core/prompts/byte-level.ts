/**
 * GPT-2's reversible alphabet: every byte has a printable character, so that a vocabulary file is plain text. Printable
 * Latin-1 stands for itself, the other 68 bytes for U+0100 on. (Radford et al. 2019, `bytes_to_unicode`.)
 */
const BYTE_OF = new Map<string, number>();
{
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    const printable =
      (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
    BYTE_OF.set(String.fromCharCode(printable ? byte : next++), byte);
  }
}

/** The bytes a token of a byte-level vocabulary stands for; null where it holds a character outside the alphabet. */
export function tokenBytes(token: string): Uint8Array | null {
  const bytes = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) {
    const byte = BYTE_OF.get(token[i]!);
    if (byte === undefined) return null;
    bytes[i] = byte;
  }
  return bytes;
}
