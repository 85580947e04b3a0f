import {describe, expect, it} from 'vitest';
import {normalCdf, normalQuantile} from '../../../../core/evaluation/statistics/normal.ts';
import {incompleteBeta, logGamma} from '../../../../core/evaluation/statistics/special-functions.ts';
import {tCdf, tQuantile} from '../../../../core/evaluation/statistics/student-t.ts';

/** Expected values: scipy 1.17.1 (special.gammaln, special.betainc, stats.norm, stats.t). */
describe('distributions agree with scipy', () => {
  it.each([
    [0.1, 2.252712651734206],
    [0.5, 0.5723649429247],
    [1, 0],
    [2.5, 0.2846828704729192],
    [10, 12.801827480081469],
    [171.3, 708.1149470389971],
  ])('logGamma(%d)', (x, want) => expect(logGamma(x)).toBeCloseTo(want, 11));

  it.each([
    [0.3, 2, 3, 0.3483],
    [0.9, 0.5, 0.5, 0.7951672353008665],
    [0.01, 1, 300, 0.9509591059287141],
    [0.5, 50, 60, 0.8309072939016693],
  ])('incompleteBeta(%d, %d, %d)', (x, a, b, want) => expect(incompleteBeta(x, a, b)).toBeCloseTo(want, 12));

  it.each([
    [1e-10, -6.361340902404056],
    [0.001, -3.090232306167813],
    [0.025, -1.9599639845400545],
    [0.2, -0.8416212335729142],
    [0.5, 0],
    [0.8, 0.8416212335729143],
    [0.999, 3.090232306167813],
  ])('normalQuantile(%d)', (p, want) => expect(normalQuantile(p)).toBeCloseTo(want, 12));

  it.each([
    [-8, 6.22096057427174e-16],
    [-3, 0.0013498980316300933],
    [-1.5, 0.06680720126885807],
    [0.3, 0.6179114221889526],
    [5, 0.9999997133484281],
  ])('normalCdf(%d), relative to 1e-12', (z, want) => expect(normalCdf(z) / want).toBeCloseTo(1, 12));

  it.each([
    [0.975, 1, 12.706204736174694],
    [0.975, 2, 4.302652729749462],
    [0.95, 3.7, 2.1824938039146007],
    [0.975, 10, 2.228138851986274],
    [0.8, 100, 0.8452304244910163],
    [0.9995, 4, 8.610301581379522],
    [0.95, 1000, 1.6463788172854643],
    [0.025, 10, -2.228138851986274],
  ])('tQuantile(%d, %d)', (p, df, want) => expect(tQuantile(p, df)).toBeCloseTo(want, 10));

  it.each([
    [-2.5, 3, 0.04385332350403278],
    [0, 4, 0.5],
    [1.1, 7.3, 0.8468607374565109],
    [12, 2, 0.9965635331614208],
  ])('tCdf(%d, %d)', (t, df, want) => expect(tCdf(t, df)).toBeCloseTo(want, 12));

  it('tells a probability outside (0, 1)', () => {
    expect(() => normalQuantile(0)).toThrow(RangeError);
    expect(() => tQuantile(1, 5)).toThrow(RangeError);
  });
});
