import {expect, test} from 'vitest';
import {bucketOf, hashedUnit, splitUnit, within} from '../../../serving/gateway/split.ts';

test('a bucket is sha256(project, unit) mod 10000', () => {
  // Computed with Python's hashlib.
  expect(bucketOf('mail', 'user:u1')).toBe(1479);
  expect(bucketOf('mail', 'safety:abc')).toBe(8356);
  expect(bucketOf('other', 'user:u1')).toBe(1112);
});

test('units spread evenly, and a growing weight only adds to them', () => {
  const buckets = Array.from({length: 20_000}, (_, i) => bucketOf('mail', `user:${i}`));
  const share = (weight: number) =>
    buckets.filter((bucket) => within(bucket, weight)).length / buckets.length;
  for (const weight of [1, 10, 50]) expect(Math.abs(share(weight) - weight / 100)).toBeLessThan(0.015);
  expect(share(0)).toBe(0);
  expect(share(100)).toBe(1);
  const at10 = buckets.filter((bucket) => within(bucket, 10));
  expect(at10.every((bucket) => within(bucket, 50))).toBe(true);
});

test('the split sticks to the safety identifier, else the user, else the key, else to nothing', () => {
  const all = {safety_identifier: 's', user: 'u', authorization: 'Bearer k'};
  expect(splitUnit(all)).toBe('safety:s');
  expect(splitUnit({...all, safety_identifier: null})).toBe('user:u');
  expect(splitUnit({authorization: 'Bearer k'})).toBe('key:k');
  expect(splitUnit({user: '', authorization: 'Basic x'})).toMatch(/^random:/);
  expect(splitUnit({})).not.toBe(splitUnit({}));
});

test("a trace's unit is keyed: without the key it says nothing", () => {
  const key = Buffer.alloc(32, 7);
  expect(hashedUnit(key, 'user:u1')).toBe('5c61ceac853b396d');
  expect(hashedUnit(Buffer.alloc(32, 8), 'user:u1')).not.toBe(hashedUnit(key, 'user:u1'));
});
