import {describe, expect, it} from 'vitest';
import {GoldenIndex} from '../../../core/curation/decontaminate.ts';

const words = (from: number, to: number): string =>
  Array.from({length: to - from}, (_, i) => `w${from + i}`).join(' ');
function indexOf(items: Record<string, string>, ngramWords = 13): GoldenIndex {
  const index = new GoldenIndex({ngramWords});
  for (const [id, text] of Object.entries(items)) index.add(id, text);
  return index;
}

describe('overlap with golden items', () => {
  const index = indexOf({long: words(0, 100), other: words(200, 260), short: 'Reply with your bank details'});

  it('is the share of common n-grams, of the shorter text', () => {
    // 100 words have 88 13-grams; the first 50 of them have 38.
    expect(index.overlap(words(0, 50), 0.7)).toEqual({golden: 'long', share: 1});
    // 60 words of the item and 40 others: 48 of 88.
    const mixed = `${words(0, 60)} ${words(500, 540)}`;
    expect(index.overlap(mixed, 0.5)).toEqual({golden: 'long', share: 48 / 88});
    expect(index.overlap(mixed, 0.6)).toBeNull();
  });

  it('names the item that shares most, whichever was added first; of equals, the first by its name', () => {
    const whole = words(0, 30);
    const part = `${words(0, 26)} ${words(900, 904)}`;
    expect(indexOf({z: whole, a: part}).overlap(whole, 0.5)).toEqual({golden: 'z', share: 1});
    expect(indexOf({a: part, z: whole}).overlap(whole, 0.5)).toEqual({golden: 'z', share: 1});
    expect(indexOf({z: whole, a: whole}).overlap(whole, 0.5)?.golden).toBe('a');
    expect(indexOf({a: whole, z: whole}).overlap(whole, 0.5)?.golden).toBe('a');
  });

  it('does not see case, punctuation or line breaks', () => {
    expect(index.overlap(words(0, 100).toUpperCase().replaceAll(' ', ',\n'), 1)?.golden).toBe('long');
  });

  it('needs n words in a row', () => {
    const interleaved = Array.from({length: 100}, (_, i) => (i % 12 === 11 ? 'x' : `w${i}`)).join(' ');
    expect(index.overlap(interleaved, 0.01)).toBeNull();
  });

  it('sees nothing in common between texts without words', () => {
    expect(indexOf({wordless: '!!!'}).overlap('???', 0.1)).toBeNull();
  });

  it('finds short items as wholes in what holds them', () => {
    expect(index.overlap('reply with your BANK details!', 0.7)).toEqual({golden: 'short', share: 1});
    expect(index.overlap('reply with your bank details now', 0.7)).toEqual({golden: 'short', share: 1});
    expect(index.overlap(`${words(700, 705)} reply with your bank details`, 1)?.golden).toBe('short');
    expect(index.overlap(`${words(700, 705)} reply with the bank details`, 0.1)).toBeNull();
    // in a longer text it may be boilerplate
    expect(index.overlap(`${words(700, 720)} reply with your bank details`, 0.1)).toBeNull();
    const asked = 'please call me back tomorrow about the unpaid invoice thanks';
    const ten = indexOf({asked});
    expect(ten.overlap(`${asked} ann from accounting`, 0.7)).toEqual({golden: 'asked', share: 1});
    expect(ten.overlap(`dear bob ${asked}`, 0.7)).toEqual({golden: 'asked', share: 1});
    expect(ten.overlap(asked.replace('unpaid ', ''), 0.7)).toBeNull();
  });

  it('finds short texts that an item holds', () => {
    expect(index.overlap(words(40, 52), 0.7)).toEqual({golden: 'long', share: 1});
    expect(index.overlap(words(200, 205), 0.7)).toEqual({golden: 'other', share: 1});
    expect(index.overlap(`${words(40, 51)} x`, 0.7)).toBeNull();
    expect(indexOf({ten: words(0, 10)}).overlap(words(3, 9), 0.7)?.golden).toBe('ten');
    // an item that comes later is found, too
    const growing = indexOf({a: words(0, 20)});
    expect(growing.overlap(words(30, 40), 0.7)).toBeNull();
    growing.add('b', words(20, 50));
    expect(growing.overlap(words(30, 40), 0.7)?.golden).toBe('b');
  });

  it('takes texts of fewer than five words for the same only as wholes', () => {
    const four = indexOf({four: 'see you there tomorrow', long: words(0, 30)});
    expect(four.overlap('See you there, tomorrow!', 0.7)).toEqual({golden: 'four', share: 1});
    expect(four.overlap('so see you there tomorrow', 0.7)).toBeNull();
    expect(four.overlap(words(3, 7), 0.7)).toBeNull();
    const threes = indexOf({three: 'see you there', two: 'no thanks'}, 3);
    expect(threes.overlap('see you there then', 0.7)?.golden).toBe('three');
    expect(threes.overlap('no thanks', 0.7)?.golden).toBe('two');
    expect(threes.overlap('no thanks bob', 0.7)).toBeNull();
  });

  it('names the item with most in common, the smallest id where several have the same', () => {
    const two = indexOf({b: words(0, 40), a: words(0, 40), c: words(10, 60)});
    expect(two.overlap(words(0, 40), 0.5)?.golden).toBe('a');
    expect(two.overlap(words(30, 60), 0.5)?.golden).toBe('c');
  });

  it('is none for a text without words, or with nothing golden', () => {
    expect(index.overlap('—', 0.1)).toBeNull();
    expect(indexOf({}).overlap(words(0, 50), 0.1)).toBeNull();
  });
});
