import {defaultPayloadConverter} from '@temporalio/common';
import {describe, expect, test} from 'vitest';
import {codecKeys} from '../../../temporal/payload-codec/codec-keys.ts';
import {EncryptionCodec} from '../../../temporal/payload-codec/encryption-codec.ts';

const A = {id: 'a', key: new Uint8Array(32).fill(1)};
const B = {id: 'b', key: new Uint8Array(32).fill(2)};
const VALUE = {dataset: 'b2c4', text: 'Grüße', n: 3};
const payload = () => defaultPayloadConverter.toPayload(VALUE);

describe('the codec', () => {
  test('gives back what it took, and shows nothing of it', async () => {
    const [sealed] = await new EncryptionCodec([A]).encode([payload()]);
    expect(Buffer.from(sealed!.data!).toString('latin1')).not.toMatch(/dataset|b2c4|json/);
    expect(Buffer.from(sealed!.metadata!['encoding']!).toString()).toBe('binary/encrypted');
    expect(Buffer.from(sealed!.metadata!['encryption-key-id']!).toString()).toBe('a');
    const [opened] = await new EncryptionCodec([A]).decode([sealed!]);
    expect(defaultPayloadConverter.fromPayload(opened!)).toEqual(VALUE);
  });

  test('never seals the same twice alike', async () => {
    const codec = new EncryptionCodec([A]);
    const [one, two] = await codec.encode([payload(), payload()]);
    expect(Buffer.compare(one!.data!, two!.data!)).not.toBe(0);
  });

  test('encrypts with the first key, and opens what an older one sealed', async () => {
    const [old] = await new EncryptionCodec([A]).encode([payload()]);
    const codec = new EncryptionCodec([B, A]);
    const [young] = await codec.encode([payload()]);
    expect(Buffer.from(young!.metadata!['encryption-key-id']!).toString()).toBe('b');
    for (const opened of await codec.decode([old!, young!]))
      expect(defaultPayloadConverter.fromPayload(opened)).toEqual(VALUE);
  });

  test('passes what was never encrypted, such as a run from before', async () => {
    expect(await new EncryptionCodec([A]).decode([payload()])).toEqual([payload()]);
  });

  test('says which key is missing', async () => {
    const [sealed] = await new EncryptionCodec([A]).encode([payload()]);
    await expect(new EncryptionCodec([B]).decode([sealed!])).rejects.toThrow(
      'encrypted with the key a; RATCHET_CODEC_KEYS holds b: add it behind the first',
    );
  });

  test.each([
    ['a byte of the text', (data: Uint8Array) => (data[20]! ^= 1)],
    ['a byte of the tag', (data: Uint8Array) => (data[data.length - 1]! ^= 1)],
    ['a byte of the nonce', (data: Uint8Array) => (data[0]! ^= 1)],
  ])('notices %s that was altered', async (_, alter) => {
    const [sealed] = await new EncryptionCodec([A]).encode([payload()]);
    alter(sealed!.data!);
    await expect(new EncryptionCodec([A]).decode([sealed!])).rejects.toMatchObject({type: 'DigestMismatch'});
  });

  test('notices what is too short to be sealed, and a key under another’s name', async () => {
    const [sealed] = await new EncryptionCodec([A]).encode([payload()]);
    const cut = {...sealed!, data: sealed!.data!.subarray(0, 9)};
    await expect(new EncryptionCodec([A]).decode([cut])).rejects.toMatchObject({type: 'DigestMismatch'});
    const other = new EncryptionCodec([{id: 'a', key: B.key}]);
    await expect(other.decode([sealed!])).rejects.toMatchObject({type: 'DigestMismatch'});
  });
});

describe('RATCHET_CODEC_KEYS', () => {
  const HEX = 'ab'.repeat(32);

  test('is read in order; nothing where it is not set', () => {
    expect(codecKeys({})).toEqual([]);
    expect(codecKeys({RATCHET_CODEC_KEYS: ` new:${HEX}, old:${HEX.toUpperCase()} `})).toEqual([
      {id: 'new', key: Buffer.from(HEX, 'hex')},
      {id: 'old', key: Buffer.from(HEX, 'hex')},
    ]);
  });

  test.each([
    [HEX, 'entry 1 is not'],
    [`a:${HEX},b:${HEX.slice(1)}`, 'entry 2 is not'],
    [`a:${HEX},`, 'entry 2 is not'],
    [`a:${HEX},a:${HEX}`, 'two keys a'],
  ])('is refused in one line that shows no key: %s', (text, line) => {
    expect(() => codecKeys({RATCHET_CODEC_KEYS: text})).toThrow(line);
    expect(() => codecKeys({RATCHET_CODEC_KEYS: text})).not.toThrow('abab');
  });
});
