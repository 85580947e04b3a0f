import {createHash} from 'node:crypto';
import {createPublicKey, sign as signBytes, type KeyObject} from 'node:crypto';
import type {ActPayload, SignedAct} from '../../schemas/access.ts';
import {keyId, rawPublicKey, signedBy} from '../approval/signature.ts';
import {canonicalJson} from '../identity/canonical-json.ts';

/** sha256 over the signed bytes: names an act in the audit chain, and a delegation. */
export function actDigest(payload: ActPayload): string {
  return createHash('sha256').update(bytesOf(payload)).digest('hex');
}

/** Ed25519 (RFC 8032) over the RFC 8785 JSON. Throws RangeError where `key` is not the id of the signing key. */
export function signAct(payload: ActPayload, privateKey: KeyObject): SignedAct {
  const own = keyId(rawPublicKey(createPublicKey(privateKey)));
  if (payload.key !== own)
    throw new RangeError(`payload names key ${payload.key}, the signing key is ${own}`);
  return {payload, signature: signBytes(null, bytesOf(payload), privateKey).toString('base64')};
}

/** True if the signature over the payload is by exactly this key. Never throws on a malformed signature. */
export function actHolds({payload, signature}: SignedAct, raw: Uint8Array): boolean {
  return payload.key === keyId(raw) && signatureHolds(payload, signature, raw);
}

/** Ed25519 over the RFC 8785 JSON of any value. */
export function signatureHolds(value: unknown, signature: string, raw: Uint8Array): boolean {
  return signedBy(bytesOf(value), signature, raw);
}

/** Base64 of Ed25519 over the RFC 8785 JSON of a value. */
export function signValue(value: unknown, privateKey: KeyObject): string {
  return signBytes(null, bytesOf(value), privateKey).toString('base64');
}

function bytesOf(value: unknown): Buffer {
  return Buffer.from(canonicalJson(value), 'utf8');
}
