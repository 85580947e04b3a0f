import {describe, expect, it} from 'vitest';
import type {ApprovalState, Counted, KnownKey} from '../../../core/approval/check-decision.ts';
import {inWords, stillNeeded} from '../../../core/approval/still-needed.ts';
import type {Delegation} from '../../../schemas/access.ts';

const NOON = Date.parse('2026-01-01T12:00:00Z');
const DAY = 86_400_000;
const digests = {release: 'a'.repeat(64), dataset: 'b'.repeat(64), report: 'c'.repeat(64)};

/** A key whose owner has delegated to somebody, until the second of January. */
function key(name: string, {to = '', roles = ['approver'], id = `key-${name}`} = {}): KnownKey {
  const delegation: Delegation = {
    digest: 'd'.repeat(64),
    by: id,
    to,
    from: '2025-12-01T00:00:00Z',
    until: '2026-01-02T00:00:00Z',
    revoked: null,
  };
  return {id, name, roles, ...(to === '' ? {} : {delegations: [delegation]})};
}

function approves(by: string, vote: Pick<Counted, 'own' | 'standsFor'> = {}): Counted {
  const payload = {
    v: 1 as const,
    project: 'mail',
    action: 'approve' as const,
    digests,
    run: 'run-1',
    key: `key-${by}`,
    comment: '',
    expiry: '2026-01-01T13:00:00Z',
  };
  return {
    action: 'approve',
    by,
    key: payload.key,
    at: '2026-01-01T12:00:00Z',
    comment: '',
    payload,
    signature: `s-${by}`,
    ...vote,
  };
}

const state = (change: Partial<ApprovalState> = {}): ApprovalState => ({
  project: 'mail',
  run: 'run-1',
  digests,
  now: NOON,
  deadline: NOON + 7 * DAY,
  keys: [key('anna'), key('ben'), key('eve'), key('vera', {roles: ['viewer']})],
  startedBy: 'someone',
  starterKey: '',
  starterMayApprove: false,
  required: 1,
  counted: [],
  outcome: null,
  since: NOON - DAY,
  ...change,
});
/** `all: 1 of anna, ben` for each group that has not enough. */
const needed = (change: Partial<ApprovalState> = {}) =>
  stillNeeded(state(change)).map(
    ({of, missing, from}) => `${of?.join('+') ?? 'all'}: ${missing} of ${from.join(', ')}`,
  );

describe('whose word is missing', () => {
  it('that of approvers who have not decided, each person once', () => {
    expect(needed()).toEqual(['all: 1 of anna, ben, eve']);
    expect(needed({keys: [key('anna'), key('anna', {id: 'a2'}), key('ben')]})).toEqual([
      'all: 1 of anna, ben',
    ]);
    expect(needed({required: 2, counted: [approves('anna')]})).toEqual(['all: 1 of ben, eve']);
    expect(stillNeeded(state({required: 2, counted: [approves('anna')]}))).toEqual([
      {of: null, have: 1, need: 2, missing: 1, from: ['ben', 'eve']},
    ]);
  });

  it('nobody’s once it is decided', () => {
    expect(needed({counted: [approves('anna')]})).toEqual([]);
    expect(needed({outcome: 'expired'})).toEqual([]);
  });

  it('group by group; a name of a group that is no approver’s is not waited for', () => {
    const quorum = [
      {of: ['anna', 'ben', 'eve'], required: 2},
      {of: ['ben', 'zoe', 'vera'], required: 1},
    ];
    expect(needed({quorum, counted: [approves('anna')]})).toEqual([
      'anna+ben+eve: 1 of ben, eve',
      'ben+zoe+vera: 1 of ben',
    ]);
    expect(needed({quorum, counted: [approves('ben'), approves('eve')]})).toEqual([]);
  });
});

describe('who started the run', () => {
  const byAnna = {startedBy: 'anna', starterKey: 'key-anna'};

  it('does not approve it alone, unless the project says so', () => {
    expect(needed(byAnna)).toEqual(['all: 1 of ben, eve']);
    expect(needed({...byAnna, starterMayApprove: true})).toEqual(['all: 1 of anna, ben, eve']);
  });

  it('may be the first of two, not the last', () => {
    expect(needed({...byAnna, required: 2})).toEqual(['all: 2 of anna, ben, eve']);
    expect(needed({...byAnna, required: 2, counted: [approves('anna')]})).toEqual(['all: 1 of ben, eve']);
    expect(needed({...byAnna, required: 2, counted: [approves('ben')]})).toEqual(['all: 1 of anna, eve']);
  });

  it('fills their own group, and one more person is needed though every group has enough', () => {
    const quorum = [{of: ['anna'], required: 1}];
    expect(needed({...byAnna, quorum})).toEqual(['all: 1 of ben, eve', 'anna: 1 of anna']);
    expect(needed({...byAnna, quorum, counted: [approves('anna')]})).toEqual(['all: 1 of ben, eve']);
  });
});

describe('a delegate', () => {
  const keys = [key('anna', {to: 'vera'}), key('ben'), key('vera', {roles: ['viewer']})];

  it('may give the delegator’s word, in the delegator’s groups', () => {
    expect(needed({keys})).toEqual(['all: 1 of anna, ben, vera']);
    expect(needed({keys, quorum: [{of: ['anna'], required: 1}]})).toEqual([
      'all: 1 of anna, ben, vera',
      'anna: 1 of anna, vera',
    ]);
    expect(needed({keys, now: NOON + DAY})).toEqual(['all: 1 of anna, ben']);
  });

  it('is not waited for once the delegator decided, nor the delegator once they did', () => {
    expect(needed({keys, required: 2, counted: [approves('anna')]})).toEqual(['all: 1 of ben']);
    const counted = [approves('vera', {own: false, standsFor: ['anna']})];
    expect(needed({keys, required: 2, counted})).toEqual(['all: 1 of ben']);
  });

  it('of two who decided leaves both delegators a word: together they count two', () => {
    const counted = [approves('vera', {own: false, standsFor: ['anna', 'ben']})];
    const two = [key('anna', {to: 'vera'}), key('ben', {to: 'vera'}), key('vera', {roles: ['viewer']})];
    expect(needed({keys: two, required: 2, counted})).toEqual(['all: 1 of anna, ben']);
  });

  it('of who started the run does not approve it alone either', () => {
    expect(needed({keys, startedBy: 'anna', starterKey: 'key-anna'})).toEqual(['all: 1 of ben']);
  });
});

it('who decided under another name, by a key that is theirs now, is not waited for again', () => {
  const counted = [{...approves('annie'), key: 'a2'}];
  expect(needed({required: 2, counted, keys: [key('anna'), key('anna', {id: 'a2'}), key('ben')]})).toEqual([
    'all: 1 of ben',
  ]);
});

it('a delegate who will be escalated to is waited for at once, in the delegator’s place', () => {
  const escalation = [{afterMs: 2 * DAY, to: ['carl']}];
  const keys = [key('anna', {to: 'carl'}), key('carl')];
  expect(needed({escalation, keys})).toEqual(['all: 1 of anna, carl']);
  expect(needed({escalation, keys: [key('anna'), key('carl')]})).toEqual(['all: 1 of anna']);
});

it('who started it is not waited for by any key, once it is said by name who that was', () => {
  const keys = [key('ben', {id: 'k1'}), key('ben', {id: 'k2'})];
  expect(needed({keys, startedBy: 'ben', starterKey: 'k1'})).toEqual(['all: 1 of ']);
  expect(needed({keys, startedBy: 'key:k1', starterKey: 'k1'})).toEqual(['all: 1 of ben']);
});

it('who is escalated to is waited for from then on, and in every group', () => {
  const escalation = [{afterMs: 2 * DAY, to: ['eve']}];
  const quorum = [{of: ['anna'], required: 1}];
  expect(needed({escalation, quorum})).toEqual(['all: 1 of anna, ben', 'anna: 1 of anna']);
  expect(needed({escalation, quorum, now: NOON + DAY})).toEqual([
    'all: 1 of anna, ben, eve',
    'anna: 1 of anna, eve',
  ]);
});

describe('in words', () => {
  const quorum = [
    {of: ['anna', 'ben'], required: 2},
    {of: ['eve'], required: 1},
  ];

  it('each group that has not enough', () => {
    expect(inWords(stillNeeded(state({required: 2, quorum})))).toBe(
      '2 more approvals, and 2 more of anna, ben, and 1 more of eve',
    );
    expect(inWords(stillNeeded(state({required: 2, quorum, counted: [approves('anna')]})))).toBe(
      '1 more approval, and 1 more of anna, ben, and 1 more of eve',
    );
    expect(inWords([])).toBe('');
  });
});
