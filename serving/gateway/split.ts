import {hash, randomUUID} from 'node:crypto';
import {hmacSha256} from '../../core/identity/hmac.ts';

/** Buckets that traffic is divided into: a weight counts in hundredths of a per cent. */
const BUCKETS = 10_000;

/** sha256(project ‖ unit) mod 10000. The same unit always falls into the same bucket, whatever the weights are. */
export function bucketOf(project: string, unit: string): number {
  const digest = hash('sha256', `${project}\0${unit}`, 'buffer');
  let bucket = 0;
  for (let i = 0; i < digest.length; i += 4) bucket = (bucket * 2 ** 32 + digest.readUInt32BE(i)) % BUCKETS;
  return bucket;
}

/** Whether a bucket lies in the first `weight` per cent: a growing weight only adds units, so nobody flips back and forth. */
export function within(bucket: number, weight: number): boolean {
  return bucket < weight * 100;
}

/** What the split sticks to: `safety_identifier`, else `user`, else the API key, else nothing lasting. */
export function splitUnit(request: {
  readonly safety_identifier?: string | null | undefined;
  readonly user?: string | null | undefined;
  readonly authorization?: string | undefined;
}): string {
  const key = /^Bearer +(\S+)$/i.exec(request.authorization ?? '')?.[1];
  return (
    prefixed('safety', request.safety_identifier) ??
    prefixed('user', request.user) ??
    prefixed('key', key) ??
    `random:${randomUUID()}`
  );
}

function prefixed(kind: string, value: string | null | undefined): string | null {
  return value ? `${kind}:${value}` : null;
}

/** What a trace keeps of the unit: 16 hex digits of an HMAC-SHA256 under the project's key. */
export function hashedUnit(key: Uint8Array, unit: string): string {
  return hmacSha256(key, `unit\0${unit}`).slice(0, 16);
}
