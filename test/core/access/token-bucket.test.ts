import {expect, test} from 'vitest';
import {TokenBucket} from '../../../core/access/token-bucket.ts';

test('a burst at once, then as fast as the rate says', () => {
  const bucket = new TokenBucket({perSecond: 2, burst: 3}, 1000);
  expect([bucket.take(1000), bucket.take(1000), bucket.take(1000)]).toEqual([0, 0, 0]);
  expect(bucket.take(1000)).toBe(500);
  // A refusal takes nothing: who waits as long as was said gets in.
  expect(bucket.take(1250)).toBe(250);
  expect(bucket.take(1500)).toBe(0);
  expect(bucket.take(1500)).toBe(500);
});

test('what was not used is kept up to the burst', () => {
  const bucket = new TokenBucket({perSecond: 1, burst: 2}, 0);
  bucket.take(0);
  bucket.take(0);
  const later = Array.from({length: 4}, () => bucket.take(3_600_000));
  expect(later).toEqual([0, 0, 1000, 1000]);
});

test('less than one a second', () => {
  const bucket = new TokenBucket({perSecond: 0.1, burst: 1}, 0);
  expect(bucket.take(0)).toBe(0);
  expect(bucket.take(4000)).toBeCloseTo(6000, 6);
  expect(bucket.take(10_000)).toBe(0);
});
