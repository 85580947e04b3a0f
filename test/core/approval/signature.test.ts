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
import {misshapenSignedAct} from '../../../core/approval/act-shape.ts';
import {readSignedDecision} from '../../../core/approval/shape.ts';
import {signatureHolds} from '../../../core/access/signed-act.ts';
import {SignedAct, SignedHead, type ActPayload} from '../../../schemas/access.ts';
import {SignedDecision, type DecisionPayload} from '../../../schemas/approval.ts';

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

  // RFC 4648, 3.5: 64 bytes leave four spare bits in the last digit, and a decoder that does not look ignores them.
  it('has one text: with other spare bits, breaks or digits it is another’s, though the bytes are the same', () => {
    const {signature} = signDecision(payload, rfcKey);
    const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    const last = digits.indexOf(signature[85]!);
    const twins = Array.from({length: 15}, (_, i) => `${signature.slice(0, 85)}${digits[last ^ (i + 1)]}==`);
    const others = [
      ...twins,
      signature.slice(0, 86),
      `${signature}\n`,
      `${signature.slice(0, 40)} ${signature.slice(40)}`,
      Buffer.from(signature, 'base64').toString('base64url'),
      `${signature}AAAA`,
    ].filter((text) => text !== signature);
    expect(others.length).toBeGreaterThanOrEqual(19);
    const act: ActPayload = {...payload, act: 'promote', about: {}} as never;
    for (const text of others) {
      expect(Buffer.from(text, 'base64').subarray(0, 64)).toEqual(Buffer.from(signature, 'base64'));
      expect(verifyDecision({payload, signature: text}, raw)).toBe(false);
      expect(signatureHolds(payload, text, raw)).toBe(false);
      expect(readSignedDecision({payload, signature: text})).toHaveProperty('refuse');
      expect(misshapenSignedAct({payload: act, signature: text})).not.toBeNull();
      for (const schema of [SignedDecision, SignedAct, SignedHead])
        expect(schema.shape.signature.safeParse(text).success).toBe(false);
    }
    expect(signatureHolds(payload, signature, raw)).toBe(true);
    expect(readSignedDecision({payload, signature})).toHaveProperty('decision');
  });

  // RFC 8032, 5.1.7: S is decoded as an integer below the group's order, else the signature is invalid.
  it('has one value: S plus the order of the group is refused', () => {
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const bytes = Buffer.from(signDecision(payload, rfcKey).signature, 'base64');
    const s = BigInt(`0x${Buffer.from(bytes.subarray(32)).reverse().toString('hex')}`);
    expect(s < order).toBe(true);
    const more = Buffer.from((s + order).toString(16).padStart(64, '0'), 'hex').reverse();
    const signature = Buffer.concat([bytes.subarray(0, 32), more]).toString('base64');
    expect(verifyDecision({payload, signature}, raw)).toBe(false);
  });

  it('is not made by a key that the payload does not name', () => {
    const {privateKey} = generateKeyPairSync('ed25519');
    expect(() => signDecision(payload, privateKey)).toThrow('payload names key 21fe31dfa154a261');
  });
});
