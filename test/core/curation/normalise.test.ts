import {describe, expect, it} from 'vitest';
import {normalise, type WhiteSpace} from '../../../core/curation/normalise.ts';
import {random} from './mails.ts';

describe('normalising', () => {
  it('gives canonically equal texts one spelling (UAX #15), and others none', () => {
    expect(normalise('cafe\u0301', 'lines')).toBe('caf\u00e9');
    expect(normalise('\u212b \u1e0b\u0323', 'lines')).toBe('\u00c5 \u1e0d\u0307');
    for (const text of ['x²', '½', 'ﬁ', 'Ｆｕｌｌ', '①', '…']) expect(normalise(text, 'lines')).toBe(text);
  });

  it('takes out what hides text: zero-width, bidi, soft hyphens, tags, controls', () => {
    const hidden = [
      '\u200b',
      '\u200e',
      '\u202e',
      '\u2066',
      '\ufeff',
      '\u00ad',
      '\u2060',
      '\u180e',
      '\u{e0041}',
      '\x07',
      '\x9f',
      '\x7f',
      '\u061c',
    ];
    for (const character of hidden) expect(normalise(`pass${character}word`, 'lines')).toBe('password');
  });

  it('leaves joiners where scripts and emoji need them', () => {
    expect(normalise('👩\u200d💻', 'lines')).toBe('👩\u200d💻');
    expect(normalise('می\u200cخواهم', 'lines')).toBe('می\u200cخواهم');
    expect(normalise('क्\u200dष', 'lines')).toBe('क्\u200dष');
    expect(normalise('pass\u200dword \u200c', 'lines')).toBe('password');
  });

  it('leaves tags and variation selectors where they make a flag, an emoji or a form of an ideograph', () => {
    const scotland = '🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}';
    for (const text of [
      scotland,
      `a${scotland}b`,
      '❤\ufe0f',
      '1\ufe0f\u20e3',
      '辻\u{e0100}',
      '葛\u{e0101}城',
    ])
      expect(normalise(text, 'lines')).toBe(text);
    expect(normalise('🏴\u{e0067}\u{e0062}', 'lines')).toBe('🏴');
    expect(normalise('pass\u{e0100}\u{e0155}word', 'lines')).toBe('password');
    expect(normalise('😀\ufe0f\ufe01\u{e0121}\u{e0122}', 'lines')).toBe('😀\ufe0f');
    expect(normalise('辻\u{e0100}\u{e0121}\ufe01', 'lines')).toBe('辻\u{e0100}');
  });

  it('keeps 30 combining marks of a run, as a stream-safe text has (UAX #15 D3)', () => {
    const marks = '\u0316\u0301';
    const marksOf = (text: string) => text.match(/\p{M}+/gu)?.map(({length}) => length);
    expect(marksOf(normalise(`x${marks.repeat(15)}y`, 'lines'))).toEqual([30]);
    expect(marksOf(normalise(`x${marks.repeat(100_000)}x${marks.repeat(8)}`, 'lines'))).toEqual([30, 16]);
    // Neither what is taken out between two runs nor a mark that is two makes a longer one.
    expect(marksOf(normalise(`x${`${marks.repeat(15)}\u200d`.repeat(5000)}`, 'layout'))).toEqual([30]);
    expect(marksOf(normalise(`x${`${marks.repeat(15)}\ufe0f\ufe0f`.repeat(5000)}`, 'layout'))).toEqual([30]);
    expect(marksOf(normalise(`x${'\u0344'.repeat(50_000)}`, 'layout'))).toEqual([30]);
    for (const text of [
      `x${'\u0344'.repeat(40)}`,
      `a${marks.repeat(40)}\u200d${marks}`,
      `\u0344${marks.repeat(40)}`,
    ])
      expect(normalise(normalise(text, 'lines'), 'lines')).toBe(normalise(text, 'lines'));
  });

  it('repairs what is no Unicode', () => {
    expect(normalise('a\ud800b', 'lines')).toBe('a\ufffdb');
  });

  it.each<[WhiteSpace, string, string]>([
    ['lines', '  a\t b \r\n\r\n\n c\u00a0d \n', 'a b\nc d'],
    ['paragraphs', ' a  b \r\n\r\n\r\n c\rd ', 'a b\n\nc\nd'],
    ['layout', 'if x:\n\ty = 1  \n\n    z\n\n', 'if x:\n\ty = 1\n\n    z'],
    ['lines', 'one\u2028two\u2029three\u0085four\vfive', 'one\ntwo\nthree\nfour\nfive'],
  ])('keeps of white space what %s says', (whiteSpace, text, expected) => {
    expect(normalise(text, whiteSpace)).toBe(expected);
  });

  it('changes nothing the second time', () => {
    const alphabet = [
      ...'ab \t\n\r',
      '\u00a0',
      '\u200b',
      '\u200d',
      '\u200c',
      '日',
      '👩',
      'e\u0301',
      '\u0301',
      '\u1100',
      '\u1161',
      '\ud800',
      '\0',
      '\u2028',
      '\u202e',
      'ی',
      '辻',
      '\ufe0f',
      '\u{e0100}',
      '\u{e0121}',
      '🏴',
      '\u{e0067}',
      '\u{e007f}',
    ];
    const next = random(5);
    for (let i = 0; i < 4000; i++) {
      const text = Array.from(
        {length: 1 + Math.floor(next() * 14)},
        () => alphabet[Math.floor(next() * alphabet.length)],
      ).join('');
      for (const whiteSpace of ['lines', 'paragraphs', 'layout'] as const) {
        const once = normalise(text, whiteSpace);
        expect(normalise(once, whiteSpace), JSON.stringify(text)).toBe(once);
      }
    }
  });
});
