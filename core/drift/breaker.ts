/**
 * Whether drift or new data leads to a retrain now. Imports nothing: workflow code runs it.
 */

/** A retrain; `promoted` is null while it runs, or if nobody knows how it ended. Times in milliseconds since the epoch. */
export interface PastRetrain {
  readonly run: string;
  readonly startedAt: number;
  readonly promoted: boolean | null;
  /** No retrain but a run that a person started: its promotion ends a row of failures, it starts no cool-down. */
  readonly byHand?: boolean;
}

export interface BreakerSettings {
  /** After the start of a retrain no other one is started for so long. */
  readonly coolDownMs: number;
  /** So many retrains in a row that were not promoted open the circuit. */
  readonly circuitBreaker: number;
}

export type RetrainDecision =
  | {readonly start: true}
  /** `circuit`: it is open, a person has to look. */
  | {readonly hold: 'running' | 'cool_down' | 'circuit'; readonly reason: string};

/** Retrains in a row, up to now and since the circuit was last closed by a person, that were not promoted. */
export function failuresInARow(past: readonly PastRetrain[], resetAt: number | null): number {
  const ended = past
    .filter(({promoted, startedAt}) => promoted !== null && startedAt > (resetAt ?? -Infinity))
    .sort((a, b) => b.startedAt - a.startedAt);
  const last = ended.findIndex(({promoted}) => promoted);
  return last === -1 ? ended.length : last;
}

/** Why the circuit is open; null while it is closed. */
export function circuitHolds(
  past: readonly PastRetrain[],
  resetAt: number | null,
  circuitBreaker: number,
): string | null {
  const failures = failuresInARow(past, resetAt);
  if (failures < circuitBreaker) return null;
  return `the circuit is open: ${failures} retrains in a row were not promoted; a person has to close it`;
}

export function decideRetrain(about: {
  readonly past: readonly PastRetrain[];
  readonly resetAt: number | null;
  readonly now: number;
  readonly settings: BreakerSettings;
}): RetrainDecision {
  const {past, resetAt, now, settings} = about;
  const open = circuitHolds(past, resetAt, settings.circuitBreaker);
  if (open !== null) return {hold: 'circuit', reason: open};
  const last = Math.max(-Infinity, ...past.filter(({byHand}) => !byHand).map(({startedAt}) => startedAt));
  const free = last + settings.coolDownMs;
  if (now < free) return {hold: 'cool_down', reason: `cool-down until ${new Date(free).toISOString()}`};
  return {start: true};
}
