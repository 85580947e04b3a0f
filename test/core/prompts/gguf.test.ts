import {describe, expect, it} from 'vitest';
import {readGgufMetadata} from '../../../core/prompts/gguf.ts';
import {ggufBytes} from './tiny-gguf.ts';

const bytes = ggufBytes({
  'general.architecture': {text: 'llama'},
  'llama.block_count': {u32: 30},
  'llama.rope.freq_base': {f32: 100000},
  'tokenizer.ggml.add_bos_token': {bool: false},
  'tokenizer.ggml.tokens': {texts: ['a', 'é', '']},
  'tokenizer.ggml.token_type': {ints: [1, 3, 1]},
  'split.tensors.count': {u64: 272n},
  'some.large': {u64: 2n ** 63n},
});

describe('GGUF metadata', () => {
  it('is read from the start of a file, whatever follows', () => {
    const read = readGgufMetadata(bytes);
    expect(read).toEqual({
      status: 'whole',
      bytes: bytes.length - 64,
      metadata: {
        'general.architecture': 'llama',
        'llama.block_count': 30,
        'llama.rope.freq_base': 100000,
        'tokenizer.ggml.add_bos_token': false,
        'tokenizer.ggml.tokens': ['a', 'é', ''],
        'tokenizer.ggml.token_type': [1, 3, 1],
        'split.tensors.count': 272,
        'some.large': 2n ** 63n,
      },
    });
  });

  it('asks for more at every length that is too short', () => {
    for (let length = 0; length < bytes.length - 64; length++)
      expect(readGgufMetadata(bytes.subarray(0, length)).status).toBe('short');
  });

  it('says what is wrong with another file', () => {
    const of = (file: Uint8Array): unknown => readGgufMetadata(file);
    expect(of(Buffer.from('PK\x03\x04 and so on'))).toEqual({
      status: 'unreadable',
      reason: 'it does not start with "GGUF"',
    });
    expect(of(ggufBytes({}, {version: 1}))).toEqual({
      status: 'unreadable',
      reason: 'GGUF version 1, expected 2 or 3',
    });
    // A damaged count must not make us ask for terabytes.
    const damaged = Buffer.from(bytes);
    damaged.writeBigUInt64LE(2n ** 60n, 16);
    expect(of(damaged)).toMatchObject({status: 'unreadable', reason: expect.stringContaining('a count of')});
  });
});
