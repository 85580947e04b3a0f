import {describe, expect, it} from 'vitest';
import {balancedMeasure} from '../../../../core/evaluation/gates/balanced-measure.ts';
import {metricCatalog} from '../../../../core/evaluation/catalog/catalog.ts';
import {countFailed} from '../../../../core/evaluation/gates/count-failed.ts';
import {decideGate} from '../../../../core/evaluation/gates/decide.ts';
import {likelihoodMeasure} from '../../../../core/evaluation/gates/likelihood-measure.ts';
import {meanMeasure} from '../../../../core/evaluation/gates/mean-measure.ts';
import type {Observation} from '../../../../core/evaluation/gates/measure.ts';
import {quantileMeasure} from '../../../../core/evaluation/gates/quantile-measure.ts';
import {rateMeasure} from '../../../../core/evaluation/gates/rate-measure.ts';
import {measured, of, ones, options, spec, triage} from './observations.ts';

/** The last `n` of these failed. */
const failing = (observations: readonly Observation[], n: number): Observation[] =>
  observations.map((one, i) => (i < observations.length - n ? one : {...one, values: null}));

const right = of(ones(300, 300));
const atLeast = spec({test: 'at-least', limit: 0.95, margin: 0});

describe('an answer of the candidate that failed is wrong', () => {
  it('as the mean of what was scored, even if that is one', () => {
    const texts = of([1, null]).map((one) => ({...one, values: one.values && [20, 10]}));
    const {alone, failed} = countFailed(likelihoodMeasure('token'), 'at-most', texts, [])!;
    expect(failed).toBe(1);
    expect(alone.map(({values}) => values)).toEqual([
      [20, 10],
      [expect.closeTo(180 * Math.LN2, 9), 10],
    ]);
  });
  it('against stable', () => {
    const result = decideGate(spec({}), measured(rateMeasure(), failing(right, 2), right), options);
    expect(result).toMatchObject({
      verdict: 'pass',
      candidate: {value: 298 / 300, n: 300},
      difference: {value: -2 / 300, n: 300},
    });
    expect(result.reason).toMatch(/; 2 of 300 answers failed and count as wrong$/);
  });
  it('so 38 of 2,000 fail no margin of .01', () => {
    const all = of(ones(2000, 2000));
    const gate = spec({margin: 0.01});
    expect(decideGate(gate, measured(rateMeasure(), all, all), options).verdict).toBe('pass');
    expect(decideGate(gate, measured(rateMeasure(), failing(all, 38), all), options).verdict).toBe('fail');
  });
  it('and no worse than stable’s where that was wrong, too', () => {
    const stable = of(ones(300, 290));
    const result = decideGate(spec({}), measured(rateMeasure(), failing(stable, 5), stable), options);
    expect(result).toMatchObject({verdict: 'pass', difference: {value: 0, n: 300}});
  });
  it('of a limit', () => {
    const result = decideGate(atLeast, measured(rateMeasure(), failing(right, 6)), options);
    expect(result).toMatchObject({verdict: 'pass', candidate: {value: 0.98, n: 300}});
    expect(result.reason).toMatch(/\(n = 300\); 6 of 300 answers failed and count as wrong$/);
    expect(
      decideGate({...atLeast, limit: 0.97}, measured(rateMeasure(), failing(right, 6)), options).verdict,
    ).toBe('inconclusive');
  });
  it('in its class', () => {
    const stable = triage(80, 220);
    const candidate = stable.map((one, i) => (i < 4 ? {...one, values: null} : one));
    const result = decideGate(spec({margin: 0.1}), measured(balancedMeasure(), candidate, stable), options);
    expect(result.difference!.value).toBeCloseTo(-(4 / 80) / 2, 12);
  });
  it('with the lowest score, the highest cost, a harm', () => {
    const halves = of(new Array<number>(100).fill(0.5));
    const difference = (measure: Parameters<typeof measured>[0]) =>
      decideGate(spec({}), measured(measure, failing(halves, 1), halves), options).difference!.value;
    expect(difference(meanMeasure('higher', [0, 1]))).toBeCloseTo(-0.005, 12);
    expect(difference(meanMeasure('lower', [0, 10]))).toBeCloseTo(-0.095, 12);
    expect(difference(rateMeasure('lower'))).toBeCloseTo(-0.005, 12);
  });
  it('with the largest loss of a likelihood, and as a guess alone', () => {
    const texts = right.slice(0, 100).map((one) => ({...one, values: [20, 10]}));
    const measure = likelihoodMeasure('token');
    const gate = spec({margin: 0.1});
    expect(decideGate(gate, measured(measure, failing(texts, 1), texts), options)).toMatchObject({
      difference: {value: expect.closeTo(-0.01, 12)},
      candidate: {value: expect.closeTo(Math.exp((99 * 2 + 18 * Math.LN2) / 100), 9)},
    });
  });
  it('with no word of a corpus right', () => {
    const catalog = metricCatalog({t: {kind: 'generation'}}, 0);
    const texts = right.slice(0, 100).map((one) => ({...one, values: [8, 7, 6, 5, 8, 7, 6, 5, 8, 8]}));
    const bleu = catalog.get('t_bleu')!.measure;
    const result = decideGate(spec({margin: 10}), measured(bleu, failing(texts, 1), texts), options);
    expect(result.difference).toMatchObject({value: expect.closeTo(-1, 9), n: 100});
  });
  it('a quantile knows no worst time, so it stays open', () => {
    const times = of(Array.from({length: 100}, (_, i) => i));
    const gate = spec({test: 'at-most', limit: 1000, margin: 0});
    expect(decideGate(gate, measured(quantileMeasure(0.5), failing(times, 1)), options)).toMatchObject({
      verdict: 'inconclusive',
      reason: '1 of 100 items could not be scored, and there is no worst that they may count as',
    });
  });
});

describe('what stable failed speaks for nobody', () => {
  it('it is left out of a non-inferiority', () => {
    const result = decideGate(spec({}), measured(rateMeasure(), right, failing(right, 5)), options);
    expect(result).toMatchObject({verdict: 'pass', difference: {value: 0, n: 295}});
    expect(result.reason).toMatch(/; 5 that failed for stable are left out$/);
  });
  it('it is no difference in a superiority', () => {
    const better = spec({test: 'superiority', margin: 0});
    const stable = failing(of(ones(300, 200)), 5);
    const result = decideGate(better, measured(rateMeasure(), right, stable), options);
    expect(result.difference).toMatchObject({value: 95 / 300, n: 300});
    expect(result.reason).toMatch(/; 5 that failed for stable count as no difference$/);
  });
  it('what both failed is left out', () => {
    const result = decideGate(
      spec({}),
      measured(rateMeasure(), failing(right, 5), failing(right, 5)),
      options,
    );
    expect(result.difference).toMatchObject({value: 0, n: 295});
  });
});
