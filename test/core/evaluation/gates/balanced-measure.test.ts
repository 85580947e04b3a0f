import {describe, expect, it} from 'vitest';
import {balancedMeasure} from '../../../../core/evaluation/gates/balanced-measure.ts';

describe('the fewest items that can pass a limit of balanced accuracy', () => {
  const smallest = (labels: number, test: 'at-least' | 'at-most', limit: number) =>
    balancedMeasure(Array.from({length: labels}, (_, i) => `label ${i}`)).smallest({test, limit});

  it('of one class: all right, and by chance so in 5 % at most', () => {
    // .9^28 = .0523, .9^29 = .0471
    expect([smallest(1, 'at-least', 0.9), smallest(1, 'at-most', 0.1)]).toEqual([29, 29]);
  });

  it('of several: as many each as reach √classes times as far', () => {
    // 1 − √2 · .1 = .8586: .8586^19 = .0551, .8586^20 = .0474; 1 − 2 · .1 = .8: .8^13 = .0550, .8^14 = .0440.
    expect([smallest(2, 'at-least', 0.9), smallest(2, 'at-most', 0.1)]).toEqual([40, 40]);
    expect([smallest(4, 'at-least', 0.9), smallest(4, 'at-most', 0.1)]).toEqual([56, 56]);
  });
});
