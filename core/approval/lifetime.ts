/**
 * How long a signature is valid at most. The receiver decides this, not the signer, so a signature that leaks later is
 * useless. Imports nothing: the approval workflow runs it.
 */

/** Of an act: it is signed to be sent at once. */
export const ACT_LASTS_MS = 3_600_000;
/** Of a decision: the key may lie on a machine of its own. */
export const DECISION_LASTS_MS = 24 * 3_600_000;
/** Clocks of two machines may differ by so much. */
export const CLOCKS_MS = 5 * 60_000;

/**
 * Why something with this `expiry` (ISO 8601) is not taken at `now` (ms): it is over, or it is good for longer than `most` ms;
 * null if neither.
 */
export function outOfTime(expiry: string, now: number, most: number): string | null {
  const until = Date.parse(expiry);
  if (now > until) return `the signature expired at ${expiry}: sign it again`;
  if (until <= now + most + CLOCKS_MS) return null;
  const hours = most / 3_600_000;
  return `the signature is valid until ${expiry}, expected ${hours === 1 ? 'an hour' : `${hours} hours`} from now at most: sign it again`;
}
