import {createPublicKey} from 'node:crypto';
import {expect, it} from 'vitest';
import {actDigest, signValue} from '../../../core/access/signed-act.ts';
import {rawPublicKey} from '../../../core/approval/signature.ts';
import type {ActPayload, SignedAct} from '../../../schemas/access.ts';
import {proveAct} from '../../../stores/access/prove-act.ts';
import {act, person, twin} from '../../people.ts';

const [otto, vera, mallory] = [person('otto'), person('vera'), person('mallory')];
const people = [
  {...otto, roles: ['operator' as const]},
  {...vera, roles: ['viewer' as const]},
].map(({name, id, privateKey, roles}) => ({
  name,
  id,
  roles,
  publicKey: rawPublicKey(createPublicKey(privateKey)),
}));
const about = {rollout: 'rollout/x', run: 'r', release: 'a', step: '1', number: '1'};
const expected = {project: 'post', act: 'promote', about, target: null} as const;
const now = Date.now();
const signed = (by = otto, change: Partial<ActPayload> = {}): SignedAct =>
  act(by, {project: 'post', act: 'promote', about, ...change});
const judged = (one: SignedAct | undefined, of: typeof people = people) =>
  proveAct({people: of}, expected, {by: 'the caller', signed: one, now});

it('is proved by the key of somebody who may, under the name that the project gives them', () => {
  const one = signed();
  expect(judged(one)).toEqual({
    status: 'proved',
    by: 'otto',
    digest: actDigest(one.payload),
    signed: {...one, publicKey: otto.key},
  });
});

it('is unsigned, under the name that the caller says, only where the project names nobody', () => {
  expect(judged(undefined, [])).toEqual({status: 'unsigned', by: 'the caller'});
  expect(judged(signed(mallory), [])).toEqual({status: 'unsigned', by: 'the caller'});
  expect(judged(undefined)).toMatchObject({
    status: 'refused',
    reason: expect.stringMatching(/^to promote takes a signature/),
  });
});

it.each<[string, () => SignedAct, RegExp]>([
  ['a stranger', () => signed(mallory), /is not among the project's people now/],
  ['somebody without the role', () => signed(vera), /^vera has the role viewer, expected operator/],
  [
    'a stranger in the name of somebody who may',
    () => ({...signed(), signature: signValue(signed().payload, mallory.privateKey)}),
    /^the signature is not by key [0-9a-f]{16} \(otto\) over this payload/,
  ],
  [
    'nobody, changed',
    () => ({...signed(), payload: {...signed().payload, comment: 'x'}}),
    /^the signature is not by key/,
  ],
  [
    'them, in another text',
    () => ({...signed(), signature: twin(signed().signature)}),
    /^the signature is not by key/,
  ],
  [
    'them, for another number',
    () => signed(otto, {about: {...about, number: '2'}}),
    /^signed for number "2", this is "1"/,
  ],
  [
    'them, without a step',
    () => signed(otto, {about: {rollout: 'rollout/x', run: 'r', release: 'a'}}),
    /^signed for number "none"/,
  ],
])('is refused signed by %s', (_, one, reason) => {
  expect(judged(one())).toEqual({status: 'refused', reason: expect.stringMatching(reason)});
});
