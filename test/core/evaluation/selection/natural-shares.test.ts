import {describe, expect, it} from 'vitest';
import {naturalShares} from '../../../../core/evaluation/selection/natural-shares.ts';

const items = (ham: number, spam: number) => [
  ...Array.from({length: ham}, (_, i) => ({rank: `${(i * 7919) % 10007}`.padStart(5, '0'), label: 'ham'})),
  ...Array.from({length: spam}, (_, i) => ({
    rank: `${(i * 104729 + 5000) % 10007}`.padStart(5, '0'),
    label: 'spam',
  })),
];
const count = (chosen: readonly {label: string}[], label: string): number =>
  chosen.filter((item) => item.label === label).length;

describe('items in natural shares', () => {
  it('300 of 1,000 at 5 : 1', () => {
    const chosen = naturalShares(items(833, 167), 300);
    expect(chosen).toHaveLength(300);
    expect(count(chosen, 'ham')).toBe(250);
    expect(count(chosen, 'spam')).toBe(50);
  });
  it('all of them where there are no more', () => expect(naturalShares(items(3, 2), 10)).toHaveLength(5));
  it('a rare class is not lost', () => expect(count(naturalShares(items(1000, 3), 30), 'spam')).toBe(1));
  it('the order of the items does not matter', () => {
    const all = items(50, 20);
    expect(naturalShares([...all].reverse(), 21)).toEqual(naturalShares(all, 21));
  });
  it('one item of two classes', () => expect(naturalShares(items(5, 5), 1)).toHaveLength(1));
});
