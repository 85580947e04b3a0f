import {describe, expect, it} from 'vitest';
import {policyDigest} from '../../../core/access/policy.ts';
import {digestOf} from '../../../core/identity/digest.ts';
import type {Policy, ProvedAct} from '../../../schemas/access.ts';
import type {AuditEntry} from '../../../schemas/audit.ts';
import {ActHistory} from '../../../stores/audit/act-history.ts';
import {as, person, proved} from '../../people.ts';

const [adam, otto, eve, anna] = [person('adam'), person('otto'), person('eve'), person('anna')];
const policy: Policy = {
  v: 1,
  project: 'post',
  people: [as(adam, 'admin'), as(otto, 'operator'), as(eve, 'viewer'), as(anna, 'approver')],
  approval: {required: 1, starterMayApprove: false, quorum: [], escalation: []},
  gauntlet: {gates: []},
  rollout: [],
};

/** A chain that begins with the policy; what is wrong with each entry behind it. */
function judged(
  ...facts: {kind: string; actor?: string; data: Record<string, unknown>}[]
): (string | null)[] {
  const history = new ActHistory();
  const first = {
    former: null,
    policy: policyDigest(policy),
    gates: digestOf(policy.gauntlet),
    document: policy,
  };
  const entry = (seq: number, kind: string, data: Record<string, unknown>, actor: string): AuditEntry => ({
    v: 1,
    seq,
    prev: '',
    at: `2026-01-01T12:00:0${seq}Z`,
    project: 'post',
    kind,
    actor,
    data,
    hash: '0'.repeat(64),
  });
  expect(history.take(entry(0, 'policy', first, 'adam'))).toBeNull();
  return facts.map(({kind, data, actor = 'otto'}, i) => history.take(entry(i + 1, kind, data, actor)));
}

const about = {rollout: 'rollout/x', run: 'r', release: 'a'};
const promote = (signed?: object) => ({
  kind: 'rollout_act',
  data: {act: 'promote', rollout: 'rollout/x', release: 'a', target: 'stable', ...(signed && {signed})},
});
const by = (who: typeof otto, change: object = {}) =>
  proved(who, {project: 'post', act: 'promote', about, ...change});

it('an act holds once, by somebody who might', () => {
  expect(judged(promote(by(otto)), promote(by(otto, {comment: 'the next'})))).toEqual([null, null]);
  expect(judged(promote(by(otto)), promote(by(otto)))).toEqual([null, 'its signature has been used before']);
});

it.each<[string, object | undefined, RegExp]>([
  ['nobody signed', undefined, /^it is not signed, though the policy in force names people$/],
  ['a viewer signed', by(eve), /^it is signed by somebody who might not: eve has the role viewer/],
  ['a stranger signed', by(person('mallory')), /which the policy in force does not name$/],
  ['is signed for something else', by(otto, {act: 'abort'}), /^its signature is to abort, expected promote$/],
  ['is signed for another rollout', by(otto, {about: {...about, rollout: 'y'}}), /for another rollout$/],
  ['was changed', {...by(otto), payload: {...by(otto).payload, comment: 'x'}}, /is not by its public key/],
  ['is signed by another key than it says', {...by(otto), publicKey: adam.key}, /is not by its public key/],
])('one that %s is a break', (_, signed, reason) => {
  expect(judged(promote(signed))).toEqual([expect.stringMatching(reason)]);
});

it('a delegation that was revoked does not come back by being entered again; another’s is not revoked', () => {
  const about = {to: 'eve', until: '2036-01-01T00:00:00Z'};
  const given = proved(anna, {project: 'post', act: 'delegate', about});
  const delegation = {kind: 'delegation', data: {signed: given}};
  const revoked = (who: typeof otto) => ({
    kind: 'revocation',
    data: {
      signed: proved(who, {project: 'post', act: 'revoke', about: {delegation: digestOf(given.payload)}}),
    },
  });
  expect(judged(delegation, revoked(eve), revoked(anna), delegation)).toEqual([
    null,
    'it is signed neither by the delegator’s key nor by an admin’s',
    null,
    'it is a delegation from before',
  ]);
  expect(judged(delegation, revoked(adam))).toEqual([null, null]);
});

// Entries of acts on the store: what is signed has to be what the entry says.
const RELEASE = 'a'.repeat(64);
const onStore = {
  retired: {act: 'retire', about: {release: RELEASE}, data: {release: RELEASE}},
  gateway_key: {
    act: 'api_key',
    about: {do: 'rotated', key: 'k1', to: 'k2'},
    data: {act: 'rotated', key: 'k1', to: 'k2'},
  },
  schedule: {act: 'schedule', about: {do: 'pause', schedule: 's'}, data: {do: 'pause', schedule: 's'}},
  gc: {act: 'gc', about: {plan: 'p', before: 'b'}, data: {plan: 'p', before: 'b'}},
  set_current: {act: 'set_current', about: {build: 'b1'}, data: {build: 'b1'}},
} as const;

describe.each(Object.entries(onStore))('%s', (kind, {act, about: over, data}) => {
  const signed = (who: typeof otto, change: Record<string, string> = {}) =>
    proved(who, {project: 'post', act, about: {...over, ...change}});
  const entered = (by: ProvedAct | null, actor = 'otto') => ({
    kind,
    actor,
    data: {...data, proof: by === null ? 'unsigned' : 'signed', ...(by && {signed: by})},
  });

  it('holds signed by an operator about what it says, once', () => {
    const one = entered(signed(otto));
    expect(judged(one, one)).toEqual([null, 'its signature has been used before']);
  });

  it.each<[string, () => ReturnType<typeof entered>, RegExp]>([
    ['unsigned', () => entered(null), /^it is not signed, though the policy in force names people$/],
    ['by a viewer', () => entered(signed(eve), 'eve'), /^it is signed by somebody who might not: eve has/],
    [
      'in the name of another',
      () => entered(signed(otto), 'adam'),
      /^it says that adam did it, it is signed by otto$/,
    ],
    [
      'about nothing',
      () => entered(proved(otto, {project: 'post', act, about: {}})),
      /^its signature is for another /,
    ],
    ...Object.keys(over)
      .filter((name) => name !== 'before')
      .map((name): [string, () => ReturnType<typeof entered>, RegExp] => [
        `about another ${name}`,
        () => entered(signed(otto, {[name]: 'x'})),
        new RegExp(`for another ${name}$`),
      ]),
  ])('%s is a break', (_, entry, reason) => {
    expect(judged(entry())).toEqual([expect.stringMatching(reason)]);
  });
});

it('an admin retires, changes keys and deletes; schedules and versions are an operator’s', () => {
  const by = (kind: keyof typeof onStore) => {
    const {act, about: over, data} = onStore[kind];
    return {kind, actor: 'adam', data: {...data, signed: proved(adam, {project: 'post', act, about: over})}};
  };
  expect(judged(by('retired'), by('gateway_key'), by('gc'))).toEqual([null, null, null]);
  expect(judged(by('schedule'), by('set_current'))).toEqual([
    expect.stringMatching(/adam has the role admin, expected operator to change a schedule$/),
    expect.stringMatching(/expected operator to choose the version of new runs$/),
  ]);
});

it('what an earlier version entered unsigned stays clean, until one is entered that says how far it is proved', () => {
  const before = {kind: 'retired', data: {release: RELEASE, why: 'old'}};
  const key = {kind: 'gateway_key', data: {act: 'created', key: 'k0', name: 'shop'}};
  const {act, about: over, data} = onStore.retired;
  const now = {
    kind: 'retired',
    actor: 'otto',
    data: {...data, proof: 'signed', signed: proved(otto, {project: 'post', act, about: over})},
  };
  const unsigned = 'it is not signed, though the policy in force names people';
  expect(judged(before, key, now, before, key)).toEqual([null, null, null, unsigned, unsigned]);
});

it('a promote of a rollout that names its step is of that run, step and number; one from before need not be', () => {
  const which = {run: 'r', step: '2', number: '1'};
  const at = (change: object, told: object = {run: 'r', at: 2, number: 1}) => ({
    ...promote(proved(otto, {project: 'post', act: 'promote', about: {...about, ...which, ...change}})),
    told,
  });
  const entry = ({told, ...one}: ReturnType<typeof at>) => ({...one, data: {...one.data, ...told}});
  expect(judged(entry(at({})))).toEqual([null]);
  for (const [name, change] of [
    ['run', {run: 'x'}],
    ['step', {step: '3'}],
    ['number', {number: '2'}],
  ] as const)
    expect(judged(entry(at(change)))).toEqual([`its signature is for another ${name}`]);
  // An earlier version's entry says no run and no step.
  expect(judged(entry(at({step: '9'}, {})))).toEqual([null]);
});
it.each<[string, object, RegExp]>([
  ['by a stranger', [person('mallory')], /^it is signed by key [0-9a-f]{16}, which is no approver’s/],
  ['by somebody who is no approver', [otto], /which is no approver’s by the policy in force$/],
  ['for another project', [anna, 'sandbox'], /^its signature is for the project sandbox$/],
])('a delegation %s is a break, and gives nothing', (_, given, reason) => {
  const [who, project = 'post'] = given as [typeof anna, string?];
  const about = {to: 'eve', until: '2036-01-01T00:00:00Z'};
  const signed = proved(who, {project, act: 'delegate', about});
  const revocation = proved(adam, {
    project: 'post',
    act: 'revoke',
    about: {delegation: digestOf(signed.payload)},
  });
  expect(
    judged({kind: 'delegation', data: {signed}}, {kind: 'revocation', data: {signed: revocation}}),
  ).toEqual([expect.stringMatching(reason), 'it revokes no delegation that was given']);
});

it('an act for another project, and a run start for another run, are breaks', () => {
  const start = (run: string, about: Record<string, string>) => ({
    kind: 'run_start',
    data: {run, signed: proved(otto, {project: 'post', act: 'run', about})},
  });
  expect(judged(start('r', {run: 'r', settings: 's'}), start('r', {run: 'q', settings: 's'}))).toEqual([
    null,
    'its signature is for another run',
  ]);
  expect(judged(promote(by(otto, {project: 'sandbox'})))).toEqual([
    'its signature is for the project sandbox',
  ]);
});

it('what opens a circuit needs nobody; what closes it, somebody who may', () => {
  const circuit = (closed: boolean) => ({kind: 'circuit', data: {closed, monitor: 'monitor/post'}});
  const [opened, closed] = judged(circuit(false), circuit(true));
  expect(opened).toBeNull();
  expect(closed).toMatch(/^it is not signed/);
});
