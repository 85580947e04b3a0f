import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import type {Row} from '../../schemas/row.ts';
import {canonicalJson} from './canonical-json.ts';
import {hmacSha256} from './hmac.ts';

const KEY_BYTES = 32;

/**
 * A row's name: HMAC-SHA256 under the project's row key over the canonical JSON of the row (id, source, fields, messages,
 * label, slices, language, group; what a dataset version adds to it, digest, cluster and split, does not count). Without the key
 * it says nothing about the row. Throws InvalidInput unless the key has 32 bytes.
 */
export function rowDigest(key: Uint8Array, row: Row): string {
  const {id, source, fields, messages, label, slices, language, group} = row;
  return keyed(key, canonicalJson({id, source, fields, messages, label, slices, language, group}));
}

/** Tells two row keys apart without revealing either: the first 16 hex digits of HMAC(key, "ratchet row key"). */
export function keyFingerprint(key: Uint8Array): string {
  return keyed(key, 'ratchet row key').slice(0, 16);
}

function keyed(key: Uint8Array, text: string): string {
  if (key.length !== KEY_BYTES)
    throw new RatchetError(
      ErrorType.InvalidInput,
      `the row key has ${key.length} bytes, expected ${KEY_BYTES}: give 64 hex digits`,
    );
  return hmacSha256(key, text);
}
