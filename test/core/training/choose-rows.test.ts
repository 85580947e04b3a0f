import {describe, expect, it} from 'vitest';
import {chooseRows} from '../../../core/training/choose-rows.ts';

interface Row {
  readonly id: string;
  readonly label: string;
  readonly feedback: boolean;
}

const rows = (n: number, label: string, feedback: boolean): Row[] =>
  Array.from({length: n}, (_, i) => ({id: `${label}${feedback ? '+' : ''}${i}`, label, feedback}));
const choose = (from: readonly Row[], wanted: number, feedbackShare: number, even = true): Row[] =>
  chooseRows(from, {
    wanted,
    feedbackShare,
    classOf: even ? (row) => row.label : null,
    isFeedback: (row) => row.feedback,
  });
const counts = (chosen: readonly Row[]): Record<string, number> => {
  const of = Map.groupBy(chosen, ({label, feedback}) => label + (feedback ? '+' : ''));
  return Object.fromEntries([...of].map(([name, all]) => [name, all.length]));
};

describe('the rows of a training set', () => {
  const all = [
    ...rows(300, 'ham', false),
    ...rows(215, 'ham', true),
    ...rows(300, 'spam', false),
    ...rows(12, 'spam', true),
  ];

  it('hold no more feedback than its share in any class, and all of what there is below it', () => {
    expect(counts(choose(all, 512, 0.25))).toEqual({ham: 192, 'ham+': 64, spam: 244, 'spam+': 12});
  });

  it('hold none of it with the share 0, and as much as there is with 1', () => {
    expect(counts(choose(all, 512, 0))).toEqual({ham: 256, spam: 256});
    expect(counts(choose(all, 512, 1))).toEqual({ham: 41, 'ham+': 215, spam: 244, 'spam+': 12});
  });

  it('hold more of it where the others do not suffice', () => {
    const few = [...rows(10, 'ham', false), ...rows(90, 'ham', true), ...rows(50, 'spam', false)];
    expect(counts(choose(few, 100, 0.25))).toEqual({ham: 10, 'ham+': 40, spam: 50});
  });

  it('are even as far as the smallest class goes', () => {
    const uneven = [...rows(40, 'ham', false), ...rows(7, 'spam', false)];
    expect(counts(choose(uneven, 30, 0.25))).toEqual({ham: 7, spam: 7});
    expect(counts(choose(uneven, 9, 0.25))).toEqual({ham: 4, spam: 4});
  });

  it('come in the given order, whatever their class where classes do not matter', () => {
    const mixed = [...rows(3, 'ham', true), ...rows(4, 'spam', false), ...rows(5, 'ham', false)];
    expect(choose(mixed, 8, 0.25, false).map(({id}) => id)).toEqual([
      'ham+0',
      'ham+1',
      'spam0',
      'spam1',
      'spam2',
      'spam3',
      'ham0',
      'ham1',
    ]);
  });

  it('are none of none', () => {
    expect(choose([], 10, 0.25)).toEqual([]);
    expect(choose([], 10, 0.25, false)).toEqual([]);
  });
});
