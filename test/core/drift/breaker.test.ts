import {describe, expect, it} from 'vitest';
import {decideRetrain, failuresInARow} from '../../../core/drift/breaker.ts';
import type {PastRetrain} from '../../../core/drift/breaker.ts';

const HOUR = 3_600_000;
const settings = {coolDownMs: HOUR, circuitBreaker: 3};
const past = (...ends: (boolean | null)[]): PastRetrain[] =>
  ends.map((promoted, i) => ({run: `run ${i}`, startedAt: i * 10 * HOUR, promoted}));
const decide = (runs: PastRetrain[], now: number, resetAt: number | null = null) =>
  decideRetrain({past: runs, now, resetAt, settings});

describe('decideRetrain', () => {
  it('starts when nothing holds it', () => {
    expect(decide([], 0)).toEqual({start: true});
    expect(decide(past(false, false), 100 * HOUR)).toEqual({start: true});
  });

  it('holds within the cool-down after a start, however that ended', () => {
    expect(decide(past(true), HOUR - 1)).toEqual({
      hold: 'cool_down',
      reason: 'cool-down until 1970-01-01T01:00:00.000Z',
    });
    expect(decide(past(null), HOUR - 1)).toHaveProperty('hold', 'cool_down');
    expect(decide(past(true), HOUR)).toEqual({start: true});
  });

  it('does not hold after a run that a person started, whose promotion ends a row of failures', () => {
    const byHand = {run: 'first', startedAt: 0, promoted: true, byHand: true};
    expect(decide([byHand], 1)).toEqual({start: true});
    expect(failuresInARow([...past(false, false), {...byHand, startedAt: 50 * HOUR}], null)).toBe(0);
  });

  it('opens the circuit after so many retrains in a row without promotion', () => {
    expect(decide(past(true, false, false, false), 100 * HOUR)).toMatchObject({
      hold: 'circuit',
      reason: expect.stringContaining('3 retrains in a row were not promoted'),
    });
    expect(decide(past(false, false, true, false), 100 * HOUR)).toEqual({start: true});
  });

  it('is closed by a person: only retrains after that count', () => {
    const runs = past(false, false, false);
    expect(decide(runs, 100 * HOUR, 20 * HOUR)).toEqual({start: true});
    expect(failuresInARow(runs, 15 * HOUR)).toBe(1);
    // One that began at that very moment was known to who closed it.
    expect(failuresInARow(runs, 20 * HOUR)).toBe(0);
  });

  it('does not count a retrain whose end nobody knows', () => {
    expect(failuresInARow(past(false, null, false), null)).toBe(2);
  });
});
