import {describe, expect, it} from 'vitest';
import {contentHash} from '../../../core/curation/exact.ts';
import {comparable, mix, wordHashes} from '../../../core/curation/words.ts';
import {realMails} from './mails.ts';

const words = (text: string): number[] => [...wordHashes(comparable(text))];

describe('words', () => {
  it('are runs of letters and digits, whatever stands between them', () => {
    expect(words('Hello, world!')).toHaveLength(2);
    expect(words('hello — WORLD…')).toEqual(words('Hello, world!'));
    expect(words("don't")).toEqual(words('don t'));
    expect(words('a1b2')).toHaveLength(1);
    expect(words('a b c d e f g h')).toHaveLength(8);
    expect(words(' \n…“”—,; ')).toEqual([]);
    expect(words('')).toEqual([]);
  });

  it('differ where their letters or their order do', () => {
    expect(words('ab')).not.toEqual(words('ba'));
    expect(words('a b')).not.toEqual(words('b a'));
    expect(words('Ärger')).toEqual(words('ärger'));
    expect(words('ärger')).not.toEqual(words('arger'));
  });

  // What is stored of a text is compared with what any version makes of another.
  it('have the hashes that FNV-1a and murmur3 publish', () => {
    expect([0, 1, 0x7fffffff, 0xffffffff].map(mix)).toEqual([0, 0x514e28b7, 0xf9cc0ea8, 0x81f16f39]);
    expect(words('a foobar')).toEqual([0xe40c292c, 0xbf9cf968].map(mix));
  });

  it('are single characters in scripts without spaces', () => {
    expect(words('日本語です。')).toHaveLength(5);
    expect(words('ภาษาไทย')).toHaveLength(7);
    expect(words('한국어 문장')).toHaveLength(2);
    // A Georgian capital, next to Myanmar.
    expect(wordHashes('a\u10a0b')).toHaveLength(1);
    expect(words('你好，世界！（再见）；：？～')).toEqual(words('你好世界再见'));
    expect(words('コーヒー・ティー｡')).toEqual(words('コーヒー ティー'));
    expect(words('ＡＢＣ，１２３')).toHaveLength(2);
  });

  it.each([
    // × and ÷ stand between letters of Latin-1.
    ['2×3', 2],
    ['6÷2', 2],
    ['ÀÖØöøÿ', 1],
    ['«a»¿b\u00bf', 2],
    // Punctuation and signs, from U+2000 to U+2BFF, between Greek and Glagolitic.
    ['a\u2000b', 2],
    ['a→b', 2],
    ['a⯿b', 2],
    ['ἀ\u1fffⰀ', 1],
    // CJK punctuation from U+3000 to U+303F; kana from U+3040, ideographs up to U+9FFF.
    ['a\u3000b', 2],
    ['a\u303fb', 2],
    ['\u2ffc', 1],
    ['a\u3040b', 3],
    ['a\u9fffb', 3],
    ['aꀀb', 1],
    // Thai and Lao from U+0E00 to U+0EFF, then Tibetan; Myanmar up to U+109F, then Georgian; Khmer, then Mongolian.
    ['a\u0dffb', 1],
    ['a\u0e00b', 3],
    ['a\u0effb', 3],
    ['aༀb', 1],
    ['a\u0fffb', 1],
    ['aကb', 3],
    ['a\u109fb', 3],
    ['aႠb', 1],
    ['a\u177fb', 1],
    ['aកb', 3],
    ['a\u17ffb', 3],
    ['a\u1800b', 1],
    // Vertical and small forms from U+FE30 to U+FE6F.
    ['a\ufe2fb', 1],
    ['a\ufe30b', 2],
    ['a\ufe6fb', 2],
    ['aﹰb', 1],
    // Full-width signs, not full-width letters and digits.
    ['a\uff00b', 1],
    ['a！b', 2],
    ['aＡ０ｚb', 1],
    ['a｟b', 2],
    ['a､b', 2],
    ['a･b', 2],
    ['aｦb', 1],
    ['a・b', 2],
  ])('in %j: %d', (text, count) => {
    expect(words(text)).toHaveLength(count);
  });

  it.each([
    ['0', '/'],
    ['9', ':'],
    ['a', '`'],
    ['z', '{'],
    ['A', '@'],
    ['Z', '['],
    ['À', '¿'],
    ['Ö', '×'],
    ['ö', '÷'],
    ['Ⰰ', '\u2bff'],
  ])('hold %s, and end at its neighbour %s', (inside, outside) => {
    expect(wordHashes(`x${inside}x`)).toHaveLength(1);
    expect(wordHashes(`x${outside}x`)).toHaveLength(2);
  });

  it('are the same for whomever a pseudonym stands', () => {
    expect(words('to <EMAIL_12345678> now')).toEqual(words('to <EMAIL_87654321> now'));
    expect(words('to <EMAIL_12345678> now')).not.toEqual(words('to <PHONE_12345678> now'));
    expect(contentHash('to <IP_12345678>')).toBe(contentHash('To  <IP_00000000>\n'));
    expect(contentHash('to <IP_12345678>')).not.toBe(contentHash('to <SSN_12345678>'));
  });

  it('hash without collisions on the vocabulary of real mails', () => {
    const seen = new Map<number, string>();
    const vocabulary = new Set(
      realMails('easy-ham-1', 400).flatMap(
        ({bytes}) =>
          bytes
            .toString('latin1')
            .toLowerCase()
            .match(/[a-z0-9]+/g) ?? [],
      ),
    );
    expect(vocabulary.size).toBeGreaterThan(10_000);
    let collisions = 0;
    for (const word of vocabulary) {
      const hash = wordHashes(word)[0]!;
      if (seen.has(hash)) collisions++;
      seen.set(hash, word);
    }
    // n²/2³³ are to be expected: less than one.
    expect(collisions).toBeLessThanOrEqual(2);
  });
});
