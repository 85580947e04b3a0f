import {randomFillSync} from 'node:crypto';
import {traceId} from '../../core/identity/trace-id.ts';

const BYTES = 12;
/** Drawn many at a time: twelve bytes cost as much as some thousand. */
const random = Buffer.alloc(BYTES * 256);
let used = random.length;

/** For what began at `at`, milliseconds since the epoch. */
export function newTraceId(at: number): string {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  return traceId(at, random.subarray(used, (used += BYTES)));
}
