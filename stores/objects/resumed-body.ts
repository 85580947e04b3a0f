import type {Readable} from 'node:stream';
import {backOff} from './back-off.ts';

/** So often one body goes on after it broke off. */
const MOST_RESUMED = 3;

/**
 * The bytes of a body; where its connection breaks, those that `rest` gives from that byte on, three times at most. Any other
 * failure ends it, a checksum that does not hold above all: what was read is wrong then. What goes on has no checksum of the
 * whole, so whoever needs one checks it, as artifacts do.
 */
export async function* resumedBody(
  first: Readable,
  rest: (from: number) => Promise<Readable>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let body = first;
  let pieces = iterate(body);
  let sent = 0;
  let resumed = 0;
  try {
    for (;;) {
      // Only reading is tried again: what the consumer throws in at `yield` ends it.
      let piece: IteratorResult<Uint8Array, void>;
      try {
        piece = await pieces.next();
      } catch (error) {
        if (resumed === MOST_RESUMED || !isConnections(error)) throw error;
        resumed += 1;
        await backOff(resumed + 2);
        body = await rest(sent);
        pieces = iterate(body);
        continue;
      }
      if (piece.done) return;
      sent += piece.value.length;
      yield piece.value;
    }
  } finally {
    body.destroy();
  }
}

function iterate(body: Readable): AsyncIterator<Uint8Array, void> {
  return body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, void>;
}

/** Node's own errors of sockets and streams carry a code. */
function isConnections(error: unknown): boolean {
  return error instanceof Error && 'code' in error;
}
