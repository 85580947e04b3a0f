import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {PoliciesInForce} from '../../../stores/audit/policies-in-force.ts';
import {policyOfTest} from './signed-chain.ts';
import {auditEntry} from './entry.ts';

const NOON = Date.UTC(2026, 10, 26, 12);
const MINUTE = 60_000;
/** How long a policy that was replaced may have judged what is entered now. */
const GRACE = 15 * MINUTE;
const [FIRST, SECOND, THIRD] = [1, 2, 3].map((required) =>
  policyOfTest({approval: {required, starterMayApprove: false, quorum: [], escalation: []}}),
) as [ReturnType<typeof policyOfTest>, ReturnType<typeof policyOfTest>, ReturnType<typeof policyOfTest>];

beforeEach(() => {
  vi.useFakeTimers({now: NOON, toFake: ['Date']});
});
afterEach(() => {
  vi.useRealTimers();
});

const entry = (seq: number, at: number) => auditEntry({kind: 'note', seq, at: new Date(at).toISOString()});

test('before the first policy none is in force', () => {
  const policies = new PoliciesInForce();
  expect([policies.now, policies.judging(NOON), policies.since(0)]).toEqual([null, [], []]);
  policies.take(entry(0, NOON), null);
  expect([policies.now, policies.judging(NOON), policies.since(0)]).toEqual([null, [], []]);
});

test('the first policy has no one before it, however soon something is entered', () => {
  const policies = new PoliciesInForce();
  policies.take(entry(0, NOON), FIRST);
  expect(policies.judging(NOON)).toEqual([FIRST]);
});

describe('what a policy judged that was replaced at noon', () => {
  let policies: PoliciesInForce;
  beforeEach(() => {
    policies = new PoliciesInForce();
    policies.take(entry(0, NOON - 60 * MINUTE), FIRST);
    policies.take(entry(1, NOON - 30 * MINUTE), SECOND);
    // The same policy goes on.
    policies.take(entry(2, NOON - 20 * MINUTE), SECOND);
    policies.take(entry(3, NOON), THIRD);
  });

  test.each([
    ['at once', 0, [THIRD, SECOND]],
    ['a quarter of an hour later', GRACE, [THIRD, SECOND]],
    ['any later', GRACE + 1, [THIRD]],
  ])('counts by the replaced one, too, where it is entered %s: %i ms', (_, later, expected) => {
    expect(policies.judging(NOON + later)).toEqual(expected);
  });

  test.each([
    [0, [THIRD, SECOND]],
    [1, [THIRD]],
  ])(
    'counts by the chain’s time, not by an older one of its own: %i ms behind the grace',
    (late, expected) => {
      vi.setSystemTime(NOON + GRACE + late);
      policies.take(entry(4, NOON + GRACE + late), THIRD);
      expect(policies.judging(NOON)).toEqual(expected);
    },
  );

  test.each([
    ['a quarter of an hour ahead of the clock counts as the time', GRACE, [THIRD]],
    ['further ahead ends nobody’s grace', GRACE + 1, [THIRD, SECOND]],
  ])('an entry dated %s', (_, ahead, expected) => {
    vi.setSystemTime(NOON + 1);
    policies.take(entry(4, NOON + 1 + ahead), THIRD);
    expect(policies.judging(NOON + 1)).toEqual(expected);
  });

  test.each([
    [NOON - GRACE, NOON - GRACE],
    [NOON - GRACE + 1, NOON - GRACE + 1],
    [NOON - GRACE - 1, NOON - GRACE],
    [0, NOON - GRACE],
    [NOON + 60 * MINUTE, NOON + 60 * MINUTE],
  ])('no entry is older than the latest before it by more than that: %i → %i', (said, believed) => {
    expect(policies.believed(said)).toBe(believed);
  });

  test('an entry that names an earlier time than those before it moves no time back', () => {
    policies.take(entry(4, NOON - 50 * MINUTE), THIRD);
    expect(policies.believed(0)).toBe(NOON - GRACE);
  });

  test.each([
    [0, [THIRD, SECOND, FIRST]],
    [1, [THIRD, SECOND]],
    [2, [THIRD, SECOND]],
    [3, [THIRD]],
    [9, [THIRD]],
  ])('those in force at entry %i or behind it, the present one first', (seq, expected) => {
    expect(policies.since(seq)).toEqual(expected);
    expect(policies.now).toBe(THIRD);
  });
});

test('before the first policy’s entry all that came since count', () => {
  const policies = new PoliciesInForce();
  policies.take(entry(5, NOON), FIRST);
  policies.take(entry(6, NOON), SECOND);
  expect(policies.since(0)).toEqual([SECOND, FIRST]);
});
