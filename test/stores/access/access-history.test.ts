import {expect, it} from 'vitest';
import {policyDigest} from '../../../core/access/policy.ts';
import {digestOf} from '../../../core/identity/digest.ts';
import type {Policy, ProvedAct} from '../../../schemas/access.ts';
import type {AuditEntry} from '../../../schemas/audit.ts';
import {AccessHistory, ownerOf} from '../../../stores/access/access-history.ts';
import {as, person, proved} from '../../people.ts';

const [adam, anna] = [person('adam'), person('anna')];
const policy = (required: number): Policy => ({
  v: 1,
  project: 'post',
  people: [as(adam, 'admin'), as(anna, 'approver')],
  approval: {required, starterMayApprove: false, quorum: [], escalation: []},
  gauntlet: {gates: []},
  rollout: [],
});
const [strict, loose] = [policy(2), policy(1)];
const signedBy = (who: typeof adam, next: Policy, former: Policy | null, comment = ''): ProvedAct =>
  proved(who, {
    project: 'post',
    act: 'policy',
    about: {policy: policyDigest(next), former: former === null ? '' : policyDigest(former)},
    comment,
  });

/** What is wrong with each of these policies, entered one after the other. */
function judged(...entered: [Policy, Policy | null, ProvedAct?][]): (string | null)[] {
  const history = new AccessHistory();
  return entered.map(([document, former, signed], seq) =>
    history.take({
      v: 1,
      seq,
      prev: '',
      at: `2026-01-01T12:00:0${seq}Z`,
      project: 'post',
      kind: 'policy',
      actor: 'adam',
      data: {
        document,
        policy: policyDigest(document),
        former: former === null ? null : policyDigest(former),
        gates: digestOf(document.gauntlet),
        ...(signed && {signed}),
      },
      hash: '0'.repeat(64),
    } satisfies AuditEntry),
  );
}

it('a signature brings its policy into force once: taken back, it takes another one', () => {
  const first = signedBy(adam, strict, null);
  const back = signedBy(adam, strict, loose);
  const loosened = signedBy(adam, loose, strict);
  expect(
    judged(
      [strict, null, first],
      [loose, strict, loosened],
      [strict, loose, back],
      [loose, strict, loosened],
    ),
  ).toEqual([null, null, null, 'the signature of its policy has been used before']);
  const again = signedBy(adam, loose, strict, 'again');
  expect(
    judged([strict, null, first], [loose, strict, loosened], [strict, loose, back], [loose, strict, again]),
  ).toEqual([null, null, null, null]);
});

it('behind a policy that names an admin, the next is one that an admin of it signed', () => {
  const entered = (signed?: ProvedAct) => judged([strict, null], [loose, strict, signed])[1];
  expect(entered()).toBe('its policy is not signed, though the one before names an admin');
  expect(entered(signedBy(anna, loose, strict))).toBe(
    `its policy is signed by key ${anna.id}, which was no admin's`,
  );
  expect(entered(signedBy(person('mallory'), loose, strict))).toMatch(/which was no admin's$/);
  expect(entered(signedBy(adam, strict, loose))).toMatch(/^its signature is for another policy$/);
  expect(entered(signedBy(adam, loose, strict))).toBeNull();
  expect(judged([strict, null], [loose, null, signedBy(adam, loose, null)])[1]).toBe(
    `it follows the policy none, in force was ${policyDigest(strict).slice(0, 12)}`,
  );
  expect(judged([strict, null], [loose, loose, signedBy(adam, loose, loose)])[1]).toBe(
    `it follows the policy ${policyDigest(loose).slice(0, 12)}, in force was ${policyDigest(strict).slice(0, 12)}`,
  );
});

it('who signed is the person with the public key and the id, not one with either', () => {
  const people = [as(adam, 'admin'), as(anna, 'approver')];
  const signed = signedBy(anna, strict, null);
  expect(ownerOf(signed, people)?.name).toBe('anna');
  expect(ownerOf({...signed, publicKey: person('mallory').key}, people)).toBeNull();
  expect(ownerOf({...signed, payload: {...signed.payload, key: person('mallory').id}}, people)).toBeNull();
});
