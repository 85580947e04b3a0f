import {hash} from 'node:crypto';

const BLOCK = 64;
const DIGEST = 32;
/** Used again and again: a buffer of its own for each would be one more thing that the garbage collector frees. */
const scratch = Buffer.alloc(4096);

interface Pads {
  readonly inner: Buffer;
  /** With room for the inner digest behind it. */
  readonly outer: Buffer;
}
const pads = new WeakMap<Uint8Array, Pads>();

/**
 * HMAC-SHA256 (RFC 2104) of a text's UTF-8 bytes, in lower-case hex. Of node:crypto it takes hash() alone: every Hmac object
 * of createHmac has to be ended by the garbage collector, and thousands of them make its pauses as long as a request.
 * The key must not be changed afterwards: what is made of it is kept.
 */
export function hmacSha256(key: Uint8Array, text: string): string {
  let made = pads.get(key);
  if (made === undefined) pads.set(key, (made = padsOf(key)));
  const {inner, outer} = made;
  outer.write(hash('sha256', behind(inner, text), 'binary'), BLOCK, 'binary');
  return hash('sha256', outer, 'hex');
}

/** Good until the next call. */
function behind(pad: Buffer, text: string): Buffer {
  // A code unit takes three bytes at most.
  if (text.length * 3 > scratch.length - BLOCK) return Buffer.concat([pad, Buffer.from(text)]);
  pad.copy(scratch);
  return scratch.subarray(0, BLOCK + scratch.write(text, BLOCK));
}

function padsOf(key: Uint8Array): Pads {
  const short = key.length > BLOCK ? hash('sha256', key, 'buffer') : key;
  const pad = (byte: number): Buffer =>
    Buffer.alloc(BLOCK, byte).map((b, i) => b ^ (short[i] ?? 0)) as Buffer;
  return {inner: pad(0x36), outer: Buffer.concat([pad(0x5c), Buffer.alloc(DIGEST)])};
}
