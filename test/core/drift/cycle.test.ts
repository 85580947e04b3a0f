import {describe, expect, it} from 'vitest';
import {CYCLES, periodsFor, sameTimes} from '../../../core/drift/cycle.ts';

const HOUR = 3_600_000;
const hours = (from: number, to: number) => ({from: from * HOUR, to: to * HOUR});

describe('sameTimes', () => {
  const day = CYCLES.day;

  it('is the same hours of each day of the reference', () => {
    expect(sameTimes(hours(6, 54), hours(104, 107), day)).toEqual([hours(8, 11), hours(32, 35)]);
  });

  it('goes around the end of the reference', () => {
    // 5:00 to 8:00; the reference begins at 6:00.
    expect(sameTimes(hours(6, 30), hours(101, 104), day)).toEqual([hours(6, 8), hours(29, 30)]);
  });

  it('takes an hour at least', () => {
    expect(sameTimes(hours(0, 24), hours(50.9, 51), day)).toEqual([hours(2, 3)]);
    expect(sameTimes(hours(0, 24), hours(47.9, 48.2), day)).toEqual([hours(0, 0.2), hours(23.2, 24)]);
  });

  it('is all of it where the current window is a day or longer', () => {
    expect(sameTimes(hours(0, 24), hours(40, 64), day)).toEqual([hours(0, 24)]);
    expect(sameTimes(hours(0, 24), hours(40, 99), day)).toEqual([hours(0, 24)]);
  });

  it('is the same weekday of a weekly cycle', () => {
    expect(sameTimes(hours(0, 168), hours(168 + 30, 168 + 32), CYCLES.week)).toEqual([hours(30, 32)]);
  });
});

it('periodsFor counts whole periods up to the answer that fills the window', () => {
  const times = [100, 101, 109, 110, 135];
  expect([1, 3, 4, 5, 6].map((wanted) => periodsFor(times, wanted, 10))).toEqual([1, 1, 2, 4, null]);
});
