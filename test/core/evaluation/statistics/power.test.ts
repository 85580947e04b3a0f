import {describe, expect, it} from 'vitest';
import {
  detectableByError,
  minimumDetectableEffect,
  requiredBalancedItems,
  requiredItems,
} from '../../../../core/evaluation/statistics/power.ts';

describe('power', () => {
  it('δ = .02 with 5 % discordant pairs needs about 770 items', () => {
    expect(requiredItems(0.02, 0.05)).toBe(773);
  });
  it('… and balanced accuracy at 5 : 1 about 1,390', () => {
    expect(requiredBalancedItems(0.02, 0.05, [1 / 6, 5 / 6])).toBe(1392);
  });
  it('by the error at hand, only as far as the figure goes', () => {
    const error = {standardError: 0.1, df: Infinity};
    const limit = {test: 'at-least', limit: 0.7} as const;
    expect(detectableByError(error, limit, [0, 1])).toBeCloseTo(0.2486, 4);
    expect(detectableByError(error, {...limit, limit: 0.8}, [0, 1])).toBeNull();
    expect(detectableByError({...error, standardError: 0}, limit, [0, 1])).toBeNull();
    expect(detectableByError({...error, standardError: NaN}, limit, [0, 1])).toBeNull();
  });
  it('is its own inverse: the items needed for δ detect δ', () => {
    const n = requiredItems(0.05, 0.08);
    expect(minimumDetectableEffect(Math.sqrt(0.08 / n))).toBeCloseTo(0.05, 3);
  });
});
