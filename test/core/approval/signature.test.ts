import {createPrivateKey, generateKeyPairSync} from 'node:crypto';
import {describe, expect, it} from 'vitest';
import {
  keyId,
  payloadDigest,
  publicKeyObject,
  rawPublicKey,
  signDecision,
  signedBytes,
  verifyDecision,
} from '../../../core/approval/signature.ts';
import type {DecisionPayload} from '../../../schemas/approval.ts';

/** RFC 8032, 7.1, TEST 1: the secret seed, in the fixed PKCS#8 wrapping of RFC 8410. */
const SEED = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
const PUBLIC = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
const rfcKey = createPrivateKey({
  key: Buffer.from(`302e020100300506032b657004220420${SEED}`, 'hex'),
  format: 'der',
  type: 'pkcs8',
});

const payload: DecisionPayload = {
  v: 1,
  project: 'mail',
  action: 'approve',
  digests: {release: 'a'.repeat(64), dataset: 'b'.repeat(64), report: 'c'.repeat(64)},
  run: '0198c0de-0000-7000-8000-000000000000',
  // sha256 of the RFC's public key begins so.
  key: '21fe31dfa154a261',
  comment: 'gut, "besser" \u20ac',
  expiry: '2026-12-01T00:00:00Z',
};

describe('the key id', () => {
  it('is the first 16 hex digits of sha256 over the raw public key', () => {
    const raw = rawPublicKey(publicKeyObject(Buffer.from(PUBLIC, 'hex')));
    expect(Buffer.from(raw).toString('hex')).toBe(PUBLIC);
    expect(keyId(raw)).toBe('21fe31dfa154a261');
  });

  it('refuses anything that is not 32 bytes or not Ed25519', () => {
    expect(() => keyId(new Uint8Array(31))).toThrow('32 bytes, got 31');
    const {publicKey} = generateKeyPairSync('ec', {namedCurve: 'P-256'});
    expect(() => rawPublicKey(publicKey)).toThrow('expected an Ed25519 key, got ec');
  });
});

describe('the signed bytes', () => {
  it('are RFC 8785 JSON: keys sorted, no blanks, UTF-8', () => {
    expect(signedBytes(payload).toString('utf8')).toBe(
      `{"action":"approve","comment":"gut, \\"besser\\" €","digests":{"dataset":"${'b'.repeat(64)}",` +
        `"release":"${'a'.repeat(64)}","report":"${'c'.repeat(64)}"},"expiry":"2026-12-01T00:00:00Z",` +
        `"key":"21fe31dfa154a261","project":"mail","run":"0198c0de-0000-7000-8000-000000000000","v":1}`,
    );
  });

  it('do not depend on the order in which the payload was written', () => {
    const reversed = Object.fromEntries(Object.entries(payload).reverse()) as DecisionPayload;
    expect(payloadDigest(reversed)).toBe(payloadDigest(payload));
    expect(payloadDigest({...payload, comment: ''})).not.toBe(payloadDigest(payload));
  });
});

describe('a signature', () => {
  const raw = Buffer.from(PUBLIC, 'hex');

  it('holds for exactly this payload and key', () => {
    const signed = signDecision(payload, rfcKey);
    expect(Buffer.from(signed.signature, 'base64')).toHaveLength(64);
    expect(verifyDecision(signed, raw)).toBe(true);
    for (const change of [
      {action: 'reject'},
      {comment: ''},
      {run: 'x'},
      {expiry: '2027-01-01T00:00:00Z'},
      {project: 'other'},
      {digests: {...payload.digests, report: 'd'.repeat(64)}},
    ] as Partial<DecisionPayload>[]) {
      expect(verifyDecision({...signed, payload: {...payload, ...change}}, raw)).toBe(false);
    }
    const other = rawPublicKey(generateKeyPairSync('ed25519').publicKey);
    expect(verifyDecision(signed, other)).toBe(false);
    expect(verifyDecision({...signed, payload: {...payload, key: keyId(other)}}, other)).toBe(false);
  });

  it('never throws on garbage', () => {
    for (const signature of ['', 'AAAA', '%%%', Buffer.alloc(64).toString('base64')]) {
      expect(verifyDecision({payload, signature}, raw)).toBe(false);
    }
  });

  it('is not made by a key that the payload does not name', () => {
    const {privateKey} = generateKeyPairSync('ed25519');
    expect(() => signDecision(payload, privateKey)).toThrow('payload names key 21fe31dfa154a261');
  });
});
