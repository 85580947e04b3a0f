import {createCipheriv, createDecipheriv, randomBytes} from 'node:crypto';
import type {Payload, PayloadCodec} from '@temporalio/common';
import {RatchetError} from '../../schemas/errors.ts';
import type {CodecKey} from './codec-keys.ts';

/** As Temporal's own samples name it, so that its UI and tools show such a payload as encrypted. */
const ENCODING = 'binary/encrypted';
const CIPHER = 'AES-256-GCM';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts what Temporal keeps of a run: inputs, results, heartbeats, messages, memos, summaries. AES-256-GCM (NIST SP 800-38D)
 * with a random nonce of 96 bits a payload, so that a key is good for 2³² of them; the key's id is authenticated along. What is
 * not encrypted is passed as it is: a cluster may have runs from before. Search attributes are not payloads: the server needs
 * them in the clear.
 */
export class EncryptionCodec implements PayloadCodec {
  readonly #keys: readonly CodecKey[];

  /** The first key encrypts, all decrypt. Throws RangeError without any. */
  constructor(keys: readonly CodecKey[]) {
    if (keys.length === 0) throw new RangeError('EncryptionCodec: expected at least one key');
    this.#keys = keys;
  }

  async encode(payloads: Payload[]): Promise<Payload[]> {
    const {id, key} = this.#keys[0]!;
    return payloads.map((payload) => ({
      metadata: {
        encoding: bytes(ENCODING),
        'encryption-cipher': bytes(CIPHER),
        'encryption-key-id': bytes(id),
      },
      data: seal(pack(payload), key, id),
    }));
  }

  /** Throws InvalidInput for a key that is not here, DigestMismatch for bytes that were altered. */
  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => {
      if (text(payload.metadata?.['encoding']) !== ENCODING) return payload;
      const id = text(payload.metadata?.['encryption-key-id']);
      const known = this.#keys.find((one) => one.id === id);
      if (known === undefined)
        throw new RatchetError(
          'InvalidInput',
          `a payload is encrypted with the key ${id}; RATCHET_CODEC_KEYS holds ${this.#keys.map((one) => one.id).join(', ')}: add it behind the first`,
        );
      return unpack(open(payload.data ?? new Uint8Array(), known.key, id));
    });
  }
}

function seal(plain: Uint8Array, key: Uint8Array, id: string): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(bytes(id));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function open(sealed: Uint8Array, key: Uint8Array, id: string): Uint8Array {
  try {
    const end = sealed.length - TAG_BYTES;
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES))
      .setAAD(bytes(id))
      .setAuthTag(sealed.subarray(end));
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, end)), decipher.final()]);
  } catch (cause) {
    throw new RatchetError(
      'DigestMismatch',
      `a payload does not decrypt with the key ${id}: it was altered, or another key has that name`,
      {cause},
    );
  }
}

/** Metadata and data under one length: `u32 of the head's bytes, head as JSON of base64, data`. */
function pack({metadata, data}: Payload): Uint8Array {
  const named = Object.entries(metadata ?? {}).map(([name, value]) => [name, base64(value)]);
  const head = Buffer.from(JSON.stringify(Object.fromEntries(named)));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, data ?? new Uint8Array()]);
}

function unpack(plain: Uint8Array): Payload {
  const buffer = Buffer.from(plain);
  const end = 4 + buffer.readUInt32BE(0);
  const head = JSON.parse(buffer.toString('utf8', 4, end)) as Record<string, string>;
  const metadata = Object.entries(head).map(([name, value]) => [name, Buffer.from(value, 'base64')]);
  return {metadata: Object.fromEntries(metadata) as Record<string, Uint8Array>, data: buffer.subarray(end)};
}

const bytes = (value: string): Uint8Array => Buffer.from(value);
const text = (value: Uint8Array | null | undefined): string => Buffer.from(value ?? []).toString();
const base64 = (value: Uint8Array): string => Buffer.from(value).toString('base64');
