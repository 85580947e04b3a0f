import {expect, test} from 'vitest';
import {RetryBudget} from '../../../../serving/clients/providers/retry-budget.ts';

function budget() {
  const clock = {now: 0};
  return {clock, one: new RetryBudget({now: () => clock.now})};
}
const taken = (one: RetryBudget, tries: number): number =>
  Array.from({length: tries}, () => one.retry()).filter(Boolean).length;

test('a few retries are there from the start', () => {
  expect(taken(budget().one, 100)).toBe(10);
});

test('ten requests earn one retry', () => {
  const {one} = budget();
  taken(one, 10);
  for (let i = 0; i < 1000; i++) one.request();
  expect(taken(one, 1000)).toBe(100);
});

test('no more are saved up than a hundred', () => {
  const {one} = budget();
  for (let i = 0; i < 100_000; i++) one.request();
  expect(taken(one, 1000)).toBe(100);
});

test('one comes back a second without any request, up to ten', () => {
  const {clock, one} = budget();
  taken(one, 10);
  clock.now += 2500;
  expect(taken(one, 100)).toBe(2);
  clock.now += 500;
  expect(taken(one, 100)).toBe(1);
  clock.now += 3_600_000;
  expect(taken(one, 100)).toBe(10);
});

test('an outage of an hour under load is asked at most eleven tenths', () => {
  const {clock, one} = budget();
  let retries = 0;
  for (let second = 0; second < 3600; second++) {
    clock.now += 1000;
    for (let i = 0; i < 100; i++) {
      one.request();
      if (one.retry()) retries++;
      if (one.retry()) retries++;
    }
  }
  expect(retries).toBeLessThanOrEqual(100 + 3600 + 0.1 * 360_000);
  expect(retries).toBeGreaterThanOrEqual(0.1 * 360_000);
});
