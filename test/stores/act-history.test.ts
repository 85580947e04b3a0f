import {expect, it} from 'vitest';
import {policyDigest} from '../../core/access/policy.ts';
import {digestOf} from '../../core/identity/digest.ts';
import type {Policy} from '../../schemas/access.ts';
import type {AuditEntry} from '../../schemas/audit.ts';
import {ActHistory} from '../../stores/act-history.ts';
import {as, person, proved} from '../people.ts';

const [adam, otto, eve] = [person('adam'), person('otto'), person('eve')];
const policy: Policy = {
  ...{v: 1, project: 'post', people: [as(adam, 'admin'), as(otto, 'operator'), as(eve, 'viewer')]},
  approval: {required: 1, starterMayApprove: false, quorum: [], escalation: []},
  ...{gauntlet: {gates: []}, rollout: []},
};

/** A chain that begins with the policy; what is wrong with each entry behind it. */
function judged(...facts: {kind: string; data: Record<string, unknown>}[]): (string | null)[] {
  const history = new ActHistory();
  const first = {
    former: null,
    policy: policyDigest(policy),
    gates: digestOf(policy.gauntlet),
    document: policy,
  };
  const entry = (seq: number, kind: string, data: Record<string, unknown>): AuditEntry => ({
    ...{v: 1, seq, prev: '', at: `2026-01-01T12:00:0${seq}Z`, project: 'post', kind, actor: 'x', data},
    hash: '0'.repeat(64),
  });
  expect(history.take(entry(0, 'policy', first))).toBeNull();
  return facts.map(({kind, data}, i) => history.take(entry(i + 1, kind, data)));
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
  const given = proved(otto, {
    project: 'post',
    act: 'delegate',
    about: {to: 'eve', until: '2036-01-01T00:00:00Z'},
  });
  const delegation = {kind: 'delegation', data: {signed: given}};
  const revoked = (who: typeof otto) => ({
    kind: 'revocation',
    data: {
      signed: proved(who, {project: 'post', act: 'revoke', about: {delegation: digestOf(given.payload)}}),
    },
  });
  expect(judged(delegation, revoked(eve), revoked(otto), delegation)).toEqual([
    null,
    'it is signed neither by the delegator’s key nor by an admin’s',
    null,
    'it is a delegation from before',
  ]);
  expect(judged(delegation, revoked(adam))).toEqual([null, null]);
});
