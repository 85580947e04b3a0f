import {describe, expect, test} from 'vitest';
import {growth, theilSen} from '../../scripts/soak/flatness.ts';

const line = (slope: number, n = 40) =>
  Array.from({length: n}, (_, i) => ({at: i * 10, value: 100 + slope * i * 10}));

describe('Theil–Sen slope', () => {
  test('of a line is its slope, whatever a fifth of the values is', () => {
    const spiked = line(0.5).map((one, i) => (i % 5 === 0 ? {...one, value: 10_000} : one));
    expect(theilSen(line(0.5))).toBeCloseTo(0.5);
    expect(theilSen(spiked)).toBeCloseTo(0.5, 1);
  });

  test('of the example in Sen (1968) is 4', () => {
    // t = 1, 2, 3, 4, 10, 12, 18 and x = 9, 15, 19, 20, 45, 55, 78
    const [t, x] = [
      [1, 2, 3, 4, 10, 12, 18],
      [9, 15, 19, 20, 45, 55, 78],
    ];
    expect(theilSen(t.map((at, i) => ({at, value: x[i]!})))).toBe(4);
  });

  test('of one moment is none', () => {
    expect(theilSen([{at: 1, value: 1}])).toBe(0);
  });
});

describe('a quantity', () => {
  test('that stands still once it is warm is flat', () => {
    const warming = line(0).map((one, i) => (i < 15 ? {...one, value: i} : one));
    expect(growth(warming, 1)).toEqual({median: 100, grew: 0, limit: 5, flat: true});
  });

  test('that grows by more than 5 % of its median in the second half is not', () => {
    // From 195 s to 390 s by 0.1 a second: 19 of ~129.5.
    const grown = growth(line(0.1), 1);
    expect(grown.grew).toBeCloseTo(19);
    expect(grown.limit).toBeCloseTo(6.475);
    expect(grown.flat).toBe(false);
  });

  test('may grow a little where it is small, and may shrink', () => {
    expect(growth(line(0.1), 20).flat).toBe(true);
    expect(growth(line(-0.1), 1).flat).toBe(true);
  });

  test('that was hardly looked at is not judged', () => {
    expect(() => growth(line(0, 6), 1)).toThrow('3 samples in the second half, at least 4 needed');
  });
});
