import {expect, test} from 'vitest';
import {cost, counts, duration, time} from '../../../core/wording/figures.ts';

test.for([
  [0.42, '0.4 s'],
  [59.4, '59 s'],
  [59.6, '1 min 00 s'],
  [125, '2 min 05 s'],
  [3780, '1 h 03 min'],
  [187_200, '2 d 4 h'],
] as const)('%f seconds are %s', ([seconds, text]) => {
  expect(duration(seconds)).toBe(text);
});

test('times, counts and sums of money', () => {
  expect(time('2002-12-03T11:46:36.000Z')).toBe('2002-12-03 11:46:36Z');
  expect(time(null)).toBe('–');
  expect(counts({ham: 1234, spam: 3})).toBe('ham 1,234, spam 3');
  expect(counts({})).toBe('none');
  expect(cost(0.000012345, 'USD')).toBe('0.0000123 USD');
});
