import {createHash, createPublicKey, sign as signBytes, verify as verifyBytes} from 'node:crypto';
import type {KeyObject} from 'node:crypto';
import type {DecisionPayload, SignedDecision} from '../../schemas/approval.ts';
import {SIGNATURE} from '../../schemas/acts.ts';
import {canonicalJson} from '../identity/canonical-json.ts';

/** Key id: first 16 hex digits of sha256 over the raw 32-byte public key. Throws RangeError on another length. */
export function keyId(rawPublicKey: Uint8Array): string {
  if (rawPublicKey.length !== 32) {
    throw new RangeError(`expected a raw Ed25519 public key of 32 bytes, got ${rawPublicKey.length}`);
  }
  return createHash('sha256').update(rawPublicKey).digest('hex').slice(0, 16);
}

/** The bytes an approver signs: UTF-8 of the payload's RFC 8785 JSON. */
export function signedBytes(payload: DecisionPayload): Buffer {
  return Buffer.from(canonicalJson(payload), 'utf8');
}

/** sha256 over the signed bytes: names a decision in the audit chain. */
export function payloadDigest(payload: DecisionPayload): string {
  return createHash('sha256').update(signedBytes(payload)).digest('hex');
}

/** Ed25519 (RFC 8032) over the canonical payload. `key` in the payload must be the id of the signing key. */
export function signDecision(payload: DecisionPayload, privateKey: KeyObject): SignedDecision {
  const own = keyId(rawPublicKey(createPublicKey(privateKey)));
  if (payload.key !== own)
    throw new RangeError(`payload names key ${payload.key}, the signing key is ${own}`);
  return {payload, signature: signBytes(null, signedBytes(payload), privateKey).toString('base64')};
}

/** True if the signature over the payload is by exactly this key. Never throws on a malformed signature. */
export function verifyDecision(decision: SignedDecision, raw: Uint8Array): boolean {
  if (decision.payload.key !== keyId(raw)) return false;
  return signedBy(signedBytes(decision.payload), decision.signature, raw);
}

/**
 * True if the signature, as canonical base64, is by this key over these bytes. One signature has one text and, since Ed25519
 * takes no S beyond the group's order (RFC 8032, 5.1.7), one value: nobody but the signer makes a second one of it.
 */
export function signedBy(bytes: Uint8Array, signature: string, raw: Uint8Array): boolean {
  if (!SIGNATURE.test(signature)) return false;
  return verifyBytes(null, bytes, publicKeyObject(raw), Buffer.from(signature, 'base64'));
}

/** The raw 32 bytes of an Ed25519 key. Throws TypeError for any other kind. */
export function rawPublicKey(key: KeyObject): Uint8Array {
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new TypeError(`expected an Ed25519 key, got ${key.asymmetricKeyType ?? key.type}`);
  }
  return Buffer.from(key.export({format: 'jwk'}).x!, 'base64url');
}

export function publicKeyObject(raw: Uint8Array): KeyObject {
  const x = Buffer.from(raw).toString('base64url');
  return createPublicKey({key: {kty: 'OKP', crv: 'Ed25519', x}, format: 'jwk'});
}
