import {hash} from 'node:crypto';
import {canonicalJson} from './canonical-json.ts';

/** sha256 in lower-case hex; a string counts as its UTF-8 bytes. */
export function sha256Hex(bytes: Uint8Array | string): string {
  return hash('sha256', bytes, 'hex');
}

/** The name of a JSON value: sha256 over its canonical JSON. */
export function digestOf(value: unknown): string {
  return sha256Hex(canonicalJson(value));
}
