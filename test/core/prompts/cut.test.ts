import {describe, expect, it} from 'vitest';
import {cutToTokens} from '../../../core/prompts/cut.ts';
import {tokenizerFromGguf, tokenizerFromJson, type Tokenizer} from '../../../core/prompts/tokenizer.ts';
import {byteAlphabet, tinyTokenizerGguf} from './tiny-gguf.ts';
import {tinySentencePieceGguf, tinySentencePieceJson} from './tiny-sentencepiece.ts';

const fromBytes = (bytes: Buffer): Promise<Tokenizer> =>
  tokenizerFromGguf((n) => Promise.resolve(bytes.subarray(0, n)));
const tokenizer = await fromBytes(tinyTokenizerGguf());

describe('cutting a text to tokens', () => {
  it('leaves a text that fits as it is', () => {
    expect(cutToTokens(' spam ham', 2, tokenizer)).toEqual({text: ' spam ham', tokens: 2, truncated: false});
    expect(cutToTokens('', 0, tokenizer)).toEqual({text: '', tokens: 0, truncated: false});
  });

  it('ends where a token ends', () => {
    expect(cutToTokens(' spam ham spam', 2, tokenizer)).toEqual({
      text: ' spam ham',
      tokens: 2,
      truncated: true,
    });
    expect(cutToTokens(' spam', 0, tokenizer)).toEqual({text: '', tokens: 0, truncated: true});
  });

  it('never ends within a character', () => {
    // An emoji is four tokens of one byte each here.
    for (const max of [1, 2, 3, 4, 5, 6, 7])
      expect(cutToTokens('x😀y😀', max, tokenizer).text).toBe(
        ['', 'x', 'x', 'x', 'x', 'x😀', 'x😀y', 'x😀y'][max],
      );
  });

  it('drops white space at the cut', () => {
    expect(cutToTokens('a  b', 2, tokenizer).text).toBe('a');
  });

  it('survives encoding again, at every length of every text', () => {
    const texts = [
      'spam  ham\n\n12 spam. ham',
      '日本語 spam 😀😀 1  2',
      "it's  \n \n x 12 34 spamham amspam",
      'é'.repeat(30),
      ' '.repeat(40) + 'spam',
    ];
    for (const text of texts)
      for (let max = 0; max <= text.length; max++) {
        const cut = cutToTokens(text, max, tokenizer);
        expect(tokenizer.encode(cut.text)).toHaveLength(cut.tokens);
        expect(cut.tokens).toBeLessThanOrEqual(max);
        expect(text.startsWith(cut.text)).toBe(true);
        expect(cutToTokens(cut.text, max, tokenizer)).toEqual({...cut, truncated: false});
      }
  });

  it('reads no more of a long text than it needs', () => {
    let seen = 0;
    const watching = {
      ...tokenizer,
      encode: (text: string) => ((seen = Math.max(seen, text.length)), tokenizer.encode(text)),
    };
    cutToTokens('spam '.repeat(200_000), 16, watching);
    expect(seen).toBeLessThan(1000);
  });

  it('reads no more of a text whose tokens are long than 16 characters each, or 4096', () => {
    let read = 0;
    const watching = {
      ...tokenizer,
      // Every text is one token.
      encode: (text: string) => {
        read += text.length;
        return [7];
      },
    };
    expect(cutToTokens('-'.repeat(100_000), 16, watching)).toEqual({
      text: '-'.repeat(4096),
      tokens: 1,
      truncated: true,
    });
    expect(cutToTokens('-'.repeat(100_000), 512, watching).text).toHaveLength(8192);
    expect(cutToTokens('-'.repeat(8192), 512, watching)).toMatchObject({tokens: 1, truncated: false});
    expect(read).toBeLessThan(100_000);
  });
});

const bytes = byteAlphabet();
const byteLevel = (prefix: boolean) =>
  tokenizerFromJson(
    {
      pre_tokenizer: {type: 'ByteLevel', add_prefix_space: prefix, trim_offsets: true, use_regex: true},
      decoder: {type: 'ByteLevel', add_prefix_space: prefix, trim_offsets: true, use_regex: true},
      model: {
        type: 'BPE',
        vocab: Object.fromEntries([...bytes, 'Ġh', 'Ġha', 'Ġham'].map((token, id) => [token, id])),
        merges: ['Ġ h', 'Ġh a', 'Ġha m'],
      },
    },
    {},
  );

describe.each([
  ['a GGUF file, byte-level', tokenizer],
  ['a GGUF file, SentencePiece without a space in front', await fromBytes(tinySentencePieceGguf(false))],
  ['a GGUF file, SentencePiece with one', await fromBytes(tinySentencePieceGguf(true))],
  ['a GGUF file, SentencePiece that does not say', await fromBytes(tinySentencePieceGguf())],
  ['a Hugging Face folder, byte-level', byteLevel(false)],
  ['a Hugging Face folder, byte-level with a space in front', byteLevel(true)],
  ['a Hugging Face folder, SentencePiece', tokenizerFromJson(tinySentencePieceJson('none'), {})],
  ['a Hugging Face folder, with Prepend', tokenizerFromJson(tinySentencePieceJson('prepend'), {})],
  ['a Hugging Face folder, with Metaspace', tokenizerFromJson(tinySentencePieceJson('metaspace'), {})],
] satisfies [string, Tokenizer][])('cutting with the tokenizer of %s', (_name, own) => {
  const TEXTS = [
    'spam ham spam ham spam: é日本語 ham 😀😀 spam',
    ' spam  ham\n\nspam. ham',
    // U+2581 is what SentencePiece writes for a space.
    'spam▁ham ham spam',
  ];

  it('takes all that fits, at every length', () => {
    for (const text of TEXTS)
      for (let max = 0; max <= own.encode(text).length; max++) {
        const cut = cutToTokens(text, max, own);
        expect(text.startsWith(cut.text)).toBe(true);
        expect(own.encode(cut.text)).toHaveLength(cut.tokens);
        expect(cut.tokens).toBeLessThanOrEqual(max);
        // Characters of four bytes, white space and a space of its own in front are what may be left out.
        expect(max - cut.tokens).toBeLessThanOrEqual(6);
        expect(cut.truncated).toBe(cut.text !== text);
      }
  });

  it('encodes a text a few times, however long the cut', () => {
    for (const text of TEXTS) {
      let encoded = 0;
      const watching = {...own, encode: (of: string) => (encoded++, own.encode(of))};
      const {tokens} = cutToTokens(text.repeat(500), 2000, watching);
      expect(tokens).toBeGreaterThan(1990);
      expect(encoded).toBeLessThan(12);
    }
  });
});
