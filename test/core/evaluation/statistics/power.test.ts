import {describe, expect, it} from 'vitest';
import {bettingBounds} from '../../../../core/evaluation/statistics/betting.ts';
import {clusterUnits} from '../../../../core/evaluation/statistics/cluster-units.ts';
import {
  detectableByBound,
  requiredBalancedItems,
  requiredItems,
} from '../../../../core/evaluation/statistics/power.ts';
import {seededRandom} from '../../../../core/evaluation/statistics/random.ts';

describe('power', () => {
  it('δ = .02 with 5 % discordant pairs needs (√(2 ln 20) + .8416)² · .05 / .02² items', () => {
    expect(requiredItems(0.02, 0.05)).toBe(
      Math.ceil(((Math.sqrt(2 * Math.log(20)) + 0.8416212) ** 2 * 0.05) / 0.0004),
    );
  });
  it('… and balanced accuracy at 5 : 1 1.8 times as many', () => {
    expect(requiredBalancedItems(0.02, 0.05, [1 / 6, 5 / 6]) / requiredItems(0.02, 0.05)).toBeCloseTo(1.8, 2);
  });
  it('never fewer than show the margin without any difference', () => {
    expect(requiredItems(0.05, 0.0001)).toBe(68);
  });
  it('so many items pass 8 times in 10', () => {
    const random = seededRandom('power');
    const n = requiredItems(0.1, 0.1);
    const names = Array.from({length: n}, (_, i) => `${i}`);
    let passed = 0;
    for (let trial = 0; trial < 200; trial++) {
      const differences = names.map(() => (random.next() < 0.1 ? (random.next() < 0.5 ? 1 : -1) : 0));
      if (bettingBounds(clusterUnits(differences, names), [-1, 1], n).lower > -0.1) passed++;
    }
    expect(passed / 200).toBeGreaterThan(0.7);
    expect(passed / 200).toBeLessThan(0.95);
  });
  it('by the bound at hand, only as far as the figure goes', () => {
    const figure = {value: 0.8, lower: 0.7, upper: 0.88, low: 0, high: 1, n: 9, standardError: 0.05};
    const limit = {test: 'at-least', limit: 0.7} as const;
    expect(detectableByBound(figure, limit, [0, 1])).toBeCloseTo(0.1 + 0.8416 * 0.05, 4);
    expect(detectableByBound(figure, {test: 'at-most', limit: 0.7}, [0, 1])).toBeCloseTo(
      0.08 + 0.8416 * 0.05,
      4,
    );
    expect(detectableByBound(figure, {...limit, limit: 0.9}, [0, 1])).toBeNull();
    expect(detectableByBound({...figure, standardError: NaN}, limit, [0, 1])).toBeNull();
  });
});
