import {createPublicKey} from 'node:crypto';
import {describe, expect, it} from 'vitest';
import {actDigest, actHolds, signAct, signValue} from '../../../core/access/signed-act.ts';
import {rawPublicKey} from '../../../core/approval/signature.ts';
import type {ActPayload} from '../../../schemas/access.ts';
import {person, twin, type TestPerson} from '../../people.ts';

const [anna, mallory] = [person('anna'), person('mallory')];
const raw = ({privateKey}: TestPerson): Uint8Array => rawPublicKey(createPublicKey(privateKey));
const payload: ActPayload = {
  v: 1,
  project: 'post',
  act: 'delegate',
  about: {to: 'mallory', until: '2036-01-01T00:00:00Z'},
  key: anna.id,
  comment: '',
  expiry: '2026-01-01T13:00:00Z',
};

describe('a signed act', () => {
  it('holds by the key that it names and that signed it', () => {
    expect(actHolds(signAct(payload, anna.privateKey), raw(anna))).toBe(true);
  });

  it('does not hold by another key, whichever of the two is lied about', () => {
    // The signature is mallory's own, over a payload that names anna's key.
    const inAnnasName = {payload, signature: signValue(payload, mallory.privateKey)};
    expect(actHolds(inAnnasName, raw(mallory))).toBe(false);
    expect(actHolds(inAnnasName, raw(anna))).toBe(false);
    const own = {...payload, key: mallory.id};
    expect(actHolds({payload: own, signature: signValue(payload, anna.privateKey)}, raw(anna))).toBe(false);
    expect(actHolds(signAct(own, mallory.privateKey), raw(anna))).toBe(false);
  });

  it('does not hold changed, or in another text', () => {
    const {signature} = signAct(payload, anna.privateKey);
    expect(actHolds({payload: {...payload, comment: 'more'}, signature}, raw(anna))).toBe(false);
    expect(actHolds({payload, signature: twin(signature)}, raw(anna))).toBe(false);
  });

  it('is not made by a key that it does not name', () => {
    expect(() => signAct(payload, mallory.privateKey)).toThrow(
      `payload names key ${anna.id}, the signing key is ${mallory.id}`,
    );
  });

  it('is named by what was signed, in whatever order it was written', () => {
    const reversed = Object.fromEntries(Object.entries(payload).reverse()) as ActPayload;
    expect(actDigest(reversed)).toBe(actDigest(payload));
    expect(actDigest({...payload, expiry: '2026-01-01T13:00:01Z'})).not.toBe(actDigest(payload));
  });
});
