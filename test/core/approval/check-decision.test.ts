import {describe, expect, it} from 'vitest';
import {
  escalatedAt,
  heldBackUntil,
  isStarter,
  checkApprover,
  checkDecision,
  outcomeOf,
  starterName,
} from '../../../core/approval/check-decision.ts';
import type {ApprovalState, Counted} from '../../../core/approval/check-decision.ts';
import type {DecisionPayload, SignedDecision} from '../../../schemas/approval.ts';

const NOON = Date.parse('2026-01-01T12:00:00Z');
const payload: DecisionPayload = {
  v: 1,
  project: 'mail',
  action: 'approve',
  digests: {release: 'a'.repeat(64), dataset: 'b'.repeat(64), report: 'c'.repeat(64)},
  run: 'run-1',
  key: '00000000000000aa',
  comment: '',
  expiry: '2026-01-01T13:00:00Z',
};
const signed = (change: Partial<DecisionPayload> = {}, signature = 's'): SignedDecision => ({
  payload: {...payload, ...change},
  signature,
});
const counts = (by: string, action: 'approve' | 'reject' = 'approve', key = `key-${by}`): Counted => ({
  action,
  by,
  key,
  at: '2026-01-01T12:00:00Z',
  comment: '',
  payload: {...payload, action, key},
  signature: `s-${by}`,
});
const state = (change: Partial<ApprovalState> = {}): ApprovalState => ({
  project: 'mail',
  run: 'run-1',
  digests: payload.digests,
  now: NOON,
  deadline: NOON + 1000,
  keys: [{id: payload.key, name: 'anna', roles: ['approver']}],
  startedBy: 'someone',
  starterKey: '',
  starterMayApprove: false,
  required: 1,
  counted: [],
  outcome: null,
  ...change,
});

describe('judgeDecision', () => {
  it('accepts the right decision by a known approver, up to the very deadline and expiry', () => {
    expect(checkDecision(signed(), state())).toEqual({accept: true, duplicate: false});
    expect(checkDecision(signed(), state({now: NOON + 1000}))).toHaveProperty('accept');
    expect(checkDecision(signed({expiry: '2026-01-01T12:00:00Z'}), state())).toHaveProperty('accept');
    // A day, and what two clocks may differ by.
    expect(checkDecision(signed({expiry: '2026-01-02T12:05:00Z'}), state())).toHaveProperty('accept');
  });

  it.each<[string, SignedDecision, Partial<ApprovalState>, RegExp]>([
    ['another project', signed({project: 'x'}), {}, /signed for project "x", this approval is of "mail"/],
    ['another run', signed({run: 'run-2'}), {}, /signed for run "run-2"/],
    [
      'another release',
      signed({digests: {...payload.digests, release: 'f'.repeat(64)}}),
      {},
      /^digest of the release is f{12}…, this approval asks about a{12}…$/,
    ],
    [
      'another dataset',
      signed({digests: {...payload.digests, dataset: 'f'.repeat(64)}}),
      {},
      /^digest of the dataset is f{12}…, this approval asks about b{12}…$/,
    ],
    [
      'another report',
      signed({digests: {...payload.digests, report: 'f'.repeat(64)}}),
      {},
      /^digest of the report is f{12}…, this approval asks about c{12}…$/,
    ],
    ['that ends at no time', signed({expiry: 'soon'}), {}, /^expiry "soon" is not a date$/],
    ['after the deadline', signed(), {now: NOON + 1001}, /expired at 2026-01-01T12:00:01.000Z/],
    ['after its own expiry', signed({expiry: '2026-01-01T11:59:59Z'}), {}, /signature expired at/],
    [
      'that would be good for longer than a day',
      signed({expiry: '2026-01-02T12:05:01Z'}),
      {},
      /^the signature is valid until 2026-01-02T12:05:01Z, expected 24 hours from now at most: sign it again$/,
    ],
    ['after the end', signed(), {outcome: 'rejected'}, /already rejected/],
    [
      'to reject without a reason',
      signed({action: 'reject', comment: ' \n'}),
      {},
      /^a rejection needs a reason/,
    ],
    ['by the starter’s key', signed(), {starterKey: payload.key}, /anna started this run/],
    [
      'by the starter’s key, whose owner nobody knows',
      signed(),
      {starterKey: payload.key, keys: []},
      /^00000000000000aa started this run/,
    ],
    ['by the starter’s key in words', signed(), {startedBy: `key:${payload.key}`}, /anna started this run/],
    ['by the starter’s name', signed(), {startedBy: 'anna'}, /anna started this run/],
    [
      'the opposite of what this key decided',
      signed({action: 'reject', comment: 'worse'}),
      {counted: [counts('anna', 'approve', payload.key)], required: 2},
      /anna has already decided to approve/,
    ],
  ])('refuses a decision %s', (_, decision, change, reason) => {
    const judged = checkDecision(decision, state(change));
    expect(judged).toEqual({refuse: expect.stringMatching(reason)});
    expect((judged as {refuse: string}).refuse).not.toContain('\n');
  });

  it('accepts the very same signed payload after the end, since it was counted', () => {
    const own = counts('anna', 'approve', payload.key);
    const late = state({counted: [own], outcome: 'approved', now: NOON + 9_999_999});
    expect(checkDecision({payload: own.payload, signature: own.signature}, late)).toEqual({
      accept: true,
      duplicate: true,
    });
    expect(checkDecision({payload: own.payload, signature: 'another'}, late)).toHaveProperty('refuse');
  });

  it.each<[string, Partial<DecisionPayload>]>([
    ['project', {project: 'x'}],
    ['action', {action: 'reject', comment: 'worse'}],
    ['run', {run: 'run-2'}],
    ['key', {key: 'ffffffffffffffff'}],
    ['comment', {comment: 'fine'}],
    ['expiry', {expiry: '2026-01-01T13:00:01Z'}],
    ['release', {digests: {...payload.digests, release: 'f'.repeat(64)}}],
    ['dataset', {digests: {...payload.digests, dataset: 'f'.repeat(64)}}],
    ['report', {digests: {...payload.digests, report: 'f'.repeat(64)}}],
  ])('takes no counted signature for a payload of another %s', (_, change) => {
    const own = counts('anna', 'approve', payload.key);
    const late = state({counted: [own], outcome: 'approved'});
    const other = {payload: {...own.payload, ...change}, signature: own.signature};
    expect(checkDecision(other, late)).toHaveProperty('refuse');
  });

  it('quotes no more than 80 characters of what was sent', () => {
    expect(checkDecision(signed({project: 'x'.repeat(81)}), state())).toEqual({
      refuse: `signed for project "${'x'.repeat(80)}", this approval is of "mail"`,
    });
  });

  it('leaves a key it does not know, and roles that may be others by now, to the check of the current keys', () => {
    expect(checkDecision(signed({key: 'ffffffffffffffff'}), state())).toHaveProperty('accept');
    const viewer = {id: payload.key, name: 'anna', roles: ['viewer']};
    expect(checkDecision(signed(), state({keys: [viewer]}))).toHaveProperty('accept');
  });
});

describe('judgeApprover', () => {
  it('knows a person by name, whatever key signs', () => {
    const one = state({counted: [counts('anna')], required: 2});
    expect(checkApprover(payload, 'anna', one)).toEqual({accept: true, duplicate: true});
    expect(checkApprover({...payload, action: 'reject'}, 'anna', one)).toHaveProperty('refuse');
    expect(checkApprover(payload, 'ben', one)).toEqual({accept: true, duplicate: false});
  });

  it('knows a key that has decided, before it is known whose it is', () => {
    const one = state({counted: [counts('anna', 'approve', payload.key)], required: 2});
    expect(checkApprover(payload, null, one)).toEqual({accept: true, duplicate: true});
    expect(checkApprover({...payload, action: 'reject'}, null, one)).toHaveProperty('refuse');
    expect(checkApprover({...payload, key: 'ffffffffffffffff'}, null, one)).toEqual({
      accept: true,
      duplicate: false,
    });
  });
});

describe('the starter', () => {
  const accepts = {accept: true, duplicate: false};
  const by = {startedBy: 'anna'};

  it('decides with others: where two approve, where a group does, and to reject', () => {
    expect(checkApprover(payload, 'anna', state(by))).toHaveProperty('refuse');
    expect(checkApprover(payload, 'anna', state({...by, required: 2}))).toEqual(accepts);
    const quorum = [{of: ['anna', 'ben'], required: 2}];
    expect(checkApprover(payload, 'anna', state({...by, quorum}))).toEqual(accepts);
    expect(checkApprover({...payload, action: 'reject'}, 'anna', state(by))).toEqual(accepts);
  });

  it('is by a delegate only who decides for the starter alone, and in no right of their own', () => {
    const starter = {startedBy: 'anna', starterKey: ''};
    const vote = (own: boolean | undefined, ...standsFor: string[]) =>
      isStarter({key: 'k', by: 'eve', own, standsFor}, starter);
    expect(vote(false, 'anna')).toBe(true);
    expect(vote(false, 'anna', 'ben')).toBe(false);
    expect(vote(true, 'anna')).toBe(false);
    expect(vote(undefined, 'anna')).toBe(false);
    expect(vote(false)).toBe(false);
  });
});

it('a starter without a name then is named by their key now; one with a name keeps it', () => {
  const keys = [{id: 'k1', name: 'anna'}];
  expect(starterName({startedBy: 'key:k1', starterKey: 'k1'}, keys)).toBe('anna');
  expect(starterName({startedBy: 'key:k2', starterKey: 'k2'}, keys)).toBe('key:k2');
  expect(starterName({startedBy: 'key:k2', starterKey: 'k1'}, keys)).toBe('key:k2');
  expect(starterName({startedBy: 'ben', starterKey: 'k1'}, keys)).toBe('ben');
});

describe('who is only escalated to', () => {
  const escalation = [{afterMs: 2000, to: ['carl', 'ben']}];
  const since = NOON - 1000;
  const early = state({escalation, since, quorum: [{of: ['ben'], required: 1}], required: 2});

  it('waits, unless a group asks them anyway, or they decide for somebody', () => {
    expect(heldBackUntil('carl', early)).toBe(NOON + 1000);
    expect(heldBackUntil('ben', early)).toBeNull();
    expect(heldBackUntil('anna', early)).toBeNull();
    expect(heldBackUntil('carl', {...early, now: NOON + 1000})).toBeNull();
    const judged = (own: boolean, ...standsFor: string[]) =>
      checkApprover({...payload, key: 'c'}, 'carl', early, {own, standsFor});
    expect(judged(true)).toEqual({
      refuse: expect.stringMatching(/^carl may decide from 2026-01-01T12:00:01.000Z on/),
    });
    expect(checkApprover({...payload, key: 'c'}, 'carl', early, {own: true})).toEqual(judged(true));
    expect(checkApprover({...payload, key: 'c'}, null, early, {own: true})).toHaveProperty('accept');
    expect(judged(true, 'anna')).toEqual({accept: true, duplicate: false});
    expect(judged(false, 'anna')).toEqual({accept: true, duplicate: false});
  });
});

describe('an escalation', () => {
  const since = NOON - 1000;
  const escalation = [
    {afterMs: 1000, to: ['anna', 'ben']},
    {afterMs: 3000, to: ['dora']},
    {afterMs: 2000, to: ['ben', 'carl']},
  ];

  it.each<[number, string[], number | null]>([
    [NOON - 1, [], NOON],
    [NOON, ['anna', 'ben'], NOON + 1000],
    [NOON + 999, ['anna', 'ben'], NOON + 1000],
    [NOON + 1000, ['anna', 'ben', 'carl'], NOON + 2000],
    [NOON + 2000, ['anna', 'ben', 'dora', 'carl'], null],
  ])('lets at %d those decide whose time has come, and says when the next ones may', (now, names, next) => {
    expect(escalatedAt(now, {escalation, since})).toEqual({names, next});
  });

  it('is of nobody where there is none, and begins now where nobody knows when', () => {
    expect(escalatedAt(NOON, {})).toEqual({names: [], next: null});
    expect(escalatedAt(NOON, {escalation})).toEqual({names: [], next: NOON + 1000});
  });

  it('holds somebody who is named twice back until the first time', () => {
    expect(heldBackUntil('ben', state({escalation, since, now: NOON - 1}))).toBe(NOON);
    expect(heldBackUntil('ben', state({escalation, since}))).toBeNull();
    expect(heldBackUntil('ben', state({escalation}))).toBe(NOON + 1000);
  });

  it('counts who it lets decide, from then on', () => {
    const asked = (now: number) =>
      outcomeOf(
        state({counted: [counts('carl')], quorum: [{of: ['eve'], required: 1}], escalation, since, now}),
      );
    expect([asked(NOON + 999), asked(NOON + 1000)]).toEqual([null, 'approved']);
  });
});

describe('outcomeOf', () => {
  const of = (counted: Counted[], change: Partial<ApprovalState> = {}) =>
    outcomeOf(state({counted, ...change}));

  it('needs as many different approvers as are required', () => {
    expect(of([])).toBeNull();
    expect(of([counts('anna')])).toBe('approved');
    expect(of([counts('anna')], {required: 2})).toBeNull();
    expect(of([counts('anna'), counts('anna', 'approve', 'second key')], {required: 2})).toBeNull();
    expect(of([counts('anna'), counts('ben')], {required: 2})).toBe('approved');
  });

  it('one rejection rejects', () => {
    expect(of([counts('anna'), counts('ben', 'reject')], {required: 2})).toBe('rejected');
  });

  it('never approves by the starter alone', () => {
    expect(of([counts('anna')], {startedBy: 'anna'})).toBeNull();
    expect(of([counts('anna')], {startedBy: 'anna', starterMayApprove: true})).toBe('approved');
    expect(of([counts('anna'), counts('ben')], {startedBy: 'anna', required: 2})).toBe('approved');
  });
});
