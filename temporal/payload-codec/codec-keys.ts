import {RatchetError} from '../../schemas/errors.ts';

/** A key that payloads are encrypted with, and the name that stands beside what it encrypted. */
export interface CodecKey {
  readonly id: string;
  /** 32 bytes, AES-256. */
  readonly key: Uint8Array;
}

const EXPECTED = 'expected ID:HEX,… with 64 hex digits each, as `ratchet codec key` prints them';

/**
 * `RATCHET_CODEC_KEYS`: `2026b:<64 hex digits>,2026a:<64 hex digits>`. The first encrypts, all decrypt, so that a new key is put
 * in front and the old one stays for as long as histories hold what it encrypted. Empty where the variable is not set: payloads
 * are then not encrypted. Throws InvalidInput, which shows no key.
 */
export function codecKeys(env: Readonly<Record<string, string | undefined>> = process.env): CodecKey[] {
  const text = env['RATCHET_CODEC_KEYS']?.trim() ?? '';
  if (text === '') return [];
  const keys = text.split(',').map((one, at): CodecKey => {
    const [, id, hex] = /^([\w.-]{1,40}):([0-9a-f]{64})$/i.exec(one.trim()) ?? [];
    if (id === undefined || hex === undefined)
      throw new RatchetError('InvalidInput', `RATCHET_CODEC_KEYS: ${EXPECTED}; entry ${at + 1} is not`);
    return {id, key: Buffer.from(hex, 'hex')};
  });
  const twice = keys.find(({id}, at) => keys.findIndex((other) => other.id === id) !== at);
  if (twice) throw new RatchetError('InvalidInput', `RATCHET_CODEC_KEYS names two keys ${twice.id}`);
  return keys;
}
