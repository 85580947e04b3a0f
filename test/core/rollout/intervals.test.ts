import {describe, expect, it} from 'vitest';
import {seededRandom} from '../../../core/evaluation/statistics/random.ts';
import {exactDifference, independentDifference, pairedDifference} from '../../../core/rollout/intervals.ts';

describe('independentDifference', () => {
  it("gives Newcombe's published example: 56/70 against 48/80", () => {
    const {low, high} = independentDifference({successes: 48, n: 80}, {successes: 56, n: 70});
    expect([low, high]).toEqual([expect.closeTo(0.0524, 4), expect.closeTo(0.3339, 4)]);
  });

  it('does not call 0 of 20 against 0 of 200 equal', () => {
    const {low, high} = independentDifference({successes: 0, n: 200}, {successes: 0, n: 20}, 0.9);
    expect(high).toBeCloseTo(2.7055 / (20 + 2.7055), 4);
    expect(low).toBeCloseTo(-2.7055 / (200 + 2.7055), 4);
  });
});

describe('exactDifference', () => {
  it('is by what either side has at most, without a hit on both', () => {
    // Clopper and Pearson: 1 − .025^(1/n).
    const [one, two] = [1 - 0.025 ** (1 / 20), 1 - 0.025 ** (1 / 60)];
    expect(exactDifference({successes: 0, n: 20}, {successes: 0, n: 60})).toEqual({
      low: expect.closeTo(-one, 9),
      high: expect.closeTo(two, 9),
    });
  });
});

describe('pairedDifference', () => {
  it.each([0.2, 1, 50])('is ± z² / (n + z²) without a discordant pair: n = %d', (n) => {
    const {low, high} = pairedDifference({gained: 0, lost: 0, n});
    expect(high).toBeCloseTo(3.841459 / (n + 3.841459), 6);
    expect(low).toBeCloseTo(-high, 9);
  });

  it('ends where the score at the constrained maximum of the likelihood is z', () => {
    const [gained, lost, n] = [12, 2, 50];
    for (const delta of Object.values(pairedDifference({gained, lost, n}))) {
      // By brute force: q = P(only the first right) that maximises the likelihood under P(only the second) − q = delta.
      let best = {q: 0, likelihood: -Infinity};
      for (let q = Math.max(1e-6, -delta); q < (1 - delta) / 2; q += 1e-6) {
        const likelihood =
          gained * Math.log(q + delta) +
          lost * Math.log(q) +
          (n - gained - lost) * Math.log(1 - 2 * q - delta);
        if (likelihood > best.likelihood) best = {q, likelihood};
      }
      const score = (gained - lost - n * delta) / Math.sqrt(n * (2 * best.q + delta * (1 - delta)));
      expect(Math.abs(score)).toBeCloseTo(1.959964, 3);
    }
  });

  it('mirrors when gained and lost change places', () => {
    const [a, b] = [
      pairedDifference({gained: 9, lost: 4, n: 60}),
      pairedDifference({gained: 4, lost: 9, n: 60}),
    ];
    expect(a.low).toBeCloseTo(-b.high, 8);
    expect(a.high).toBeCloseTo(-b.low, 8);
  });

  it('holds the true difference about as often as it says', () => {
    const random = seededRandom('coverage');
    let held = 0;
    const runs = 2000;
    for (let run = 0; run < runs; run++) {
      let [gained, lost] = [0, 0];
      for (let i = 0; i < 60; i++) {
        const draw = random.next();
        if (draw < 0.12) gained++;
        else if (draw < 0.17) lost++;
      }
      const {low, high} = pairedDifference({gained, lost, n: 60});
      if (low <= 0.07 && 0.07 <= high) held++;
    }
    expect(held / runs).toBeGreaterThan(0.93);
    expect(held / runs).toBeLessThan(0.975);
  });

  it('reaches the end of the scale when every pair says so', () => {
    expect(pairedDifference({gained: 50, lost: 0, n: 50}).high).toBe(1);
    expect(pairedDifference({gained: 0, lost: 50, n: 50}).low).toBe(-1);
    // 3 · .7 is a little less than 2.1: what weighs by unit is all but for its rounding.
    expect(pairedDifference({gained: 3 * 0.7, lost: 0, n: 2.1}).high).toBe(1);
    expect(pairedDifference({gained: 0, lost: 3 * 0.7, n: 2.1}).low).toBe(-1);
  });

  it.each([
    {gained: 3, lost: 3, n: 5},
    {gained: -1, lost: 1, n: 5},
    {gained: 1, lost: -1, n: 5},
    {gained: 0, lost: 0, n: 0},
  ])('is of counts that are possible: not $gained gained and $lost lost of $n', (counts) => {
    expect(() => pairedDifference(counts)).toThrow('not possible');
  });
});
