import {hash} from 'node:crypto';

const BLOCK = 64;
const pads = new WeakMap<Uint8Array, {readonly inner: Buffer; readonly outer: Buffer}>();

/**
 * HMAC-SHA256 (RFC 2104) of a text's UTF-8 bytes, in lower-case hex. Of node:crypto it takes hash() alone: every Hmac object
 * of createHmac has to be ended by the garbage collector, and thousands of them make its pauses as long as a request.
 * The key must not be changed afterwards: what is made of it is kept.
 */
export function hmacSha256(key: Uint8Array, text: string): string {
  let made = pads.get(key);
  if (made === undefined) pads.set(key, (made = padsOf(key)));
  const inner = hash('sha256', Buffer.concat([made.inner, Buffer.from(text)]), 'buffer');
  return hash('sha256', Buffer.concat([made.outer, inner]), 'hex');
}

function padsOf(key: Uint8Array): {readonly inner: Buffer; readonly outer: Buffer} {
  const short = key.length > BLOCK ? hash('sha256', key, 'buffer') : key;
  const pad = (byte: number): Buffer =>
    Buffer.alloc(BLOCK, byte).map((b, i) => b ^ (short[i] ?? 0)) as Buffer;
  return {inner: pad(0x36), outer: pad(0x5c)};
}
