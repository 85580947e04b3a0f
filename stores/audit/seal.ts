import {hkdfSync, timingSafeEqual} from 'node:crypto';
import {canonicalJson} from '../../core/identity/canonical-json.ts';
import {hmacSha256} from '../../core/identity/hmac.ts';

/**
 * What says that a process with the project's row key wrote a value: HMAC-SHA256 over its canonical JSON, 64 hex digits, under
 * a key of this purpose alone (HKDF-SHA256, RFC 5869). Row digests and pseudonyms are made with the row key itself, from
 * texts that others choose: none of them is a seal.
 */
export function sealOf(rowKey: Uint8Array, purpose: string, value: unknown): string {
  const key = Buffer.from(hkdfSync('sha256', rowKey, '', `ratchet seal: ${purpose}`, 32));
  return hmacSha256(key, canonicalJson(value));
}

export function sealHolds(rowKey: Uint8Array, purpose: string, value: unknown, seal: string): boolean {
  const [own, given] = [Buffer.from(sealOf(rowKey, purpose, value)), Buffer.from(seal)];
  return own.length === given.length && timingSafeEqual(own, given);
}
