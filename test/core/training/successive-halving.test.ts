import {describe, expect, it} from 'vitest';
import {
  kept,
  noneLeft,
  ranked,
  rungSteps,
  survivors,
  sweepLegs,
  trialsByRung,
} from '../../../core/training/successive-halving.ts';

describe('rungs', () => {
  it('are at 11, 33 and 100 % of the steps', () => {
    expect(rungSteps(900)).toEqual([100, 300, 900]);
    expect(rungSteps(64)).toEqual([7, 21, 64]);
  });

  it('are fewer where there are not enough steps, and the last is always the whole', () => {
    expect(rungSteps(9)).toEqual([1, 3, 9]);
    expect(rungSteps(4)).toEqual([1, 4]);
    expect(rungSteps(2)).toEqual([1, 2]);
    expect(rungSteps(1)).toEqual([1]);
  });
});

describe('who goes on', () => {
  // Jamieson and Talwalkar 2016: the best ⌊n/η⌋.
  it('is the best third, and at least one', () => {
    expect([1, 2, 3, 6, 8, 9, 27, 81].map(kept)).toEqual([1, 1, 1, 2, 2, 3, 9, 27]);
    expect(trialsByRung(9, 3)).toEqual([9, 3, 1]);
    expect(trialsByRung(6, 3)).toEqual([6, 2, 1]);
    expect(trialsByRung(27, 3)).toEqual([27, 9, 3]);
  });

  it('goes its way from rung to rung, and alone to the end', () => {
    expect(sweepLegs(9, [10, 30, 90])).toEqual([
      {processes: 9, steps: 10},
      {processes: 3, steps: 20},
      {processes: 1, steps: 60},
    ]);
    expect(sweepLegs(3, [10, 30, 90])).toEqual([
      {processes: 3, steps: 10},
      {processes: 1, steps: 80},
    ]);
    expect(sweepLegs(1, [10, 30, 90])).toEqual([{processes: 1, steps: 90}]);
  });

  const trial = (number: number, loss: number | null) => ({number, loss});

  it('is found by the lowest loss', () => {
    const losses = [0.9, 0.2, 0.5, 0.4, 0.8, 0.3].map((loss, i) => trial(i + 1, loss));
    expect(survivors(losses).map(({number}) => number)).toEqual([2, 6]);
  });

  it('is the trial with the lower number where losses are equal, in whatever order they came', () => {
    const equal = [trial(3, 0.5), trial(1, 0.5), trial(2, 0.5)];
    expect(ranked(equal).map(({number}) => number)).toEqual([1, 2, 3]);
    expect(survivors(equal)).toEqual([trial(1, 0.5)]);
  });

  it('is none that failed or diverged', () => {
    const losses = [
      trial(1, null),
      trial(2, NaN),
      trial(3, 0.9),
      trial(4, Infinity),
      trial(5, 1),
      trial(6, 2),
    ];
    expect(ranked(losses).map(({number}) => number)).toEqual([3, 5, 6, 1, 2, 4]);
    expect(survivors([trial(1, null), trial(2, NaN), trial(3, 0.9)])).toEqual([trial(3, 0.9)]);
    expect(survivors([trial(1, null), trial(2, NaN)])).toEqual([]);
  });

  it.each([
    [
      'the first reason that a trial gave',
      [{}, {failed: 'out of memory'}, {failed: 'NaN'}],
      '; the first said: out of memory',
    ],
    ['no reason where none gave one', [{}, {}], ''],
  ])('is nobody, and the error names %s', (_, trials, said) => {
    expect(noneLeft(trials, 300)).toBe(
      `no trial of the sweep reached step 300 with a loss that is a number${said}: change training.sweep`,
    );
  });
});
