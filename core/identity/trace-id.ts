import {ErrorType, RatchetError} from '../../schemas/errors.ts';

/**
 * A trace's id, 32 hex digits: 8 for its second since the epoch (so that its hour's folder can be told from the id, until
 * the year 2106), 24 random ones. `at` in milliseconds; `random` 12 bytes.
 * @example const at = Date.now(); const id = traceId(at, randomBytes(12)); // and trace.at = new Date(at).toISOString()
 */
export function traceId(at: number, random: Uint8Array): string {
  if (random.length !== 12) throw new RangeError(`a trace id takes 12 random bytes, got ${random.length}`);
  const seconds = Math.floor(at / 1000);
  if (!(seconds >= 0 && seconds <= 0xffffffff)) throw new RangeError(`no trace id for the time ${at}`);
  return seconds.toString(16).padStart(8, '0') + Buffer.from(random).toString('hex');
}

/** The second a trace began, in seconds since the epoch. Throws InvalidInput for what is no trace id. */
export function traceSecond(id: string): number {
  if (!/^[0-9a-f]{32}$/.test(id))
    throw new RatchetError(
      ErrorType.InvalidInput,
      `"${id}" is no trace id: expected 32 lower-case hex digits`,
    );
  return Number.parseInt(id.slice(0, 8), 16);
}
