import {expect, test} from 'vitest';
import {Circuit} from '../../../../serving/clients/providers/circuit.ts';

function circuit() {
  const clock = {now: 1000};
  const one = new Circuit({failures: 3, openMs: 100, longestOpenMs: 300, now: () => clock.now});
  const fail = (times: number) => {
    for (let i = 0; i < times; i++) {
      expect(one.enter()).toBe(0);
      one.failed();
    }
  };
  return {clock, one, fail};
}

test('opens after failures in a row, and only then', () => {
  const {one, fail} = circuit();
  fail(2);
  one.answered();
  fail(2);
  expect(one.enter()).toBe(0);
  one.failed();
  expect(one.enter()).toBe(100);
});

test('lets one try it when the time is over: it closes when that is answered', () => {
  const {clock, one, fail} = circuit();
  fail(3);
  clock.now += 99;
  expect(one.enter()).toBe(1);
  clock.now += 1;
  expect(one.enter()).toBe(0);
  expect(one.enter()).toBe(100);
  one.answered();
  fail(2);
  expect(one.enter()).toBe(0);
});

test('stays open for longer each time the one that tries it fails, up to a limit', () => {
  const {clock, one, fail} = circuit();
  fail(3);
  for (const open of [200, 300, 300]) {
    clock.now += 300;
    fail(1);
    expect(one.enter()).toBe(open);
  }
  clock.now += 300;
  expect(one.enter()).toBe(0);
  one.answered();
  fail(3);
  expect(one.enter()).toBe(100);
});

test('a stream that has begun lets others go on, and one that then fails stops them at once', () => {
  const {clock, one, fail} = circuit();
  fail(3);
  clock.now += 100;
  expect(one.enter()).toBe(0);
  one.began();
  expect(one.enter()).toBe(0);
  one.failed();
  expect(one.enter()).toBe(100);
});

test('a stream that has begun is no answer yet', () => {
  const {one, fail} = circuit();
  fail(2);
  one.began();
  fail(1);
  expect(one.enter()).toBe(100);
});

test('one who gives up lets the next try it', () => {
  const {clock, one, fail} = circuit();
  fail(3);
  clock.now += 100;
  expect(one.enter()).toBe(0);
  one.neither();
  expect(one.enter()).toBe(0);
});

test('what was asked before it opened and fails after doesn’t keep it open', () => {
  const {clock, one, fail} = circuit();
  fail(3);
  clock.now += 50;
  one.failed();
  expect(one.enter()).toBe(50);
});
