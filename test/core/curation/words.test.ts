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
    expect(words('你好，世界！（再见）；：？～')).toEqual(words('你好世界再见'));
    expect(words('コーヒー・ティー｡')).toEqual(words('コーヒー ティー'));
    expect(words('ＡＢＣ，１２３')).toHaveLength(2);
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
