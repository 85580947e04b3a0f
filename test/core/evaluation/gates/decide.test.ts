import {describe, expect, it} from 'vitest';
import {balancedMeasure} from '../../../../core/evaluation/gates/balanced-measure.ts';
import {decideGate, estimateOf} from '../../../../core/evaluation/gates/decide.ts';
import {likelihoodMeasure} from '../../../../core/evaluation/gates/likelihood-measure.ts';
import {meanMeasure} from '../../../../core/evaluation/gates/mean-measure.ts';
import type {Measure, Observation} from '../../../../core/evaluation/gates/measure.ts';
import {quantileMeasure} from '../../../../core/evaluation/gates/quantile-measure.ts';
import {rateMeasure} from '../../../../core/evaluation/gates/rate-measure.ts';
import {GateSpec} from '../../../../schemas/report.ts';

const options = {maxErrorShare: 0.02};
const spec = (part: Partial<GateSpec>): GateSpec =>
  GateSpec.parse({metric: 'm', test: 'non-inferiority', margin: 0.05, ...part});
/** Observations from scores, each its own cluster. */
const of = (scores: readonly (number | null)[], stratum = '', prefix = ''): Observation[] =>
  scores.map((score, i) => ({
    item: `${prefix}${i}`,
    cluster: `${prefix}${i}`,
    stratum,
    values: score === null ? null : [score],
  }));
const ones = (n: number, of1: number): number[] => Array.from({length: n}, (_, i) => (i < of1 ? 1 : 0));
const measured = (measure: Measure, candidate: Observation[], stable: Observation[] = []) =>
  ({status: 'measured', measure, candidate, stable}) as const;

/** The example's golden set: 80 spam and 220 ham. */
const triage = (spam: number, ham: number): Observation[] => [
  ...of(ones(80, spam), 'spam', 's'),
  ...of(ones(220, ham), 'ham', 'h'),
];

describe('superiority', () => {
  const better = spec({test: 'superiority', margin: 0});
  it('base .50, candidate .951: better', () => {
    const result = decideGate(better, measured(balancedMeasure(), triage(74, 215), triage(0, 220)), options);
    expect(result.verdict).toBe('pass');
    expect(result.candidate).toMatchObject({value: expect.closeTo(0.9511, 4), n: 300});
    expect(result.difference!.value).toBeCloseTo(0.4511, 4);
    expect(result.bound!).toBeGreaterThan(0.4);
    expect(result.reason).toMatch(
      /^difference 0\.451, lower 95 % bound 0\.4\d+ > 0 \(300 paired items in 300 clusters\)$/,
    );
  });
  it('the other way round: shown to be worse', () => {
    const result = decideGate(better, measured(balancedMeasure(), triage(0, 220), triage(74, 215)), options);
    expect(result.verdict).toBe('fail');
    expect(result.bound!).toBeLessThan(0);
  });
  it('a little better on few items: nobody knows', () => {
    const result = decideGate(better, measured(rateMeasure(), of(ones(40, 31)), of(ones(40, 30))), options);
    expect(result.verdict).toBe('inconclusive');
  });
  it.each([0, 0.01, 0.2])('the same release as its own candidate is never better (margin %d)', (margin) => {
    const same = triage(74, 215);
    for (const measure of [balancedMeasure(), rateMeasure(), meanMeasure()]) {
      const result = decideGate(spec({test: 'superiority', margin}), measured(measure, same, same), options);
      expect(result.verdict).not.toBe('pass');
      expect(result.difference!.value).toBe(0);
    }
  });
});

describe('non-inferiority', () => {
  it('the same release passes only because 0 lies above −margin, and only with items enough', () => {
    const same = triage(74, 215);
    const enough = decideGate(spec({}), measured(balancedMeasure(), same, same), options);
    expect(enough.verdict).toBe('pass');
    expect(enough.bound!).toBeLessThan(0);
    const few = [...of(ones(8, 7), 'spam', 's'), ...of(ones(8, 8), 'ham', 'h')];
    expect(decideGate(spec({}), measured(balancedMeasure(), few, few), options).verdict).toBe('inconclusive');
    expect(decideGate(spec({margin: 0}), measured(balancedMeasure(), same, same), options).verdict).toBe(
      'inconclusive',
    );
    const scores = of([0.2, 0.4, 0.9]);
    const zero = decideGate(spec({}), measured(meanMeasure(), scores, scores), options);
    expect(zero).toMatchObject({verdict: 'pass', bound: 0, minimumDetectable: null});
  });
  it('three outcomes', () => {
    const stable = of(ones(400, 380));
    const with_ = (right: number) =>
      decideGate(spec({}), measured(rateMeasure(), of(ones(400, right)), stable), options).verdict;
    expect(with_(378)).toBe('pass');
    expect(with_(362)).toBe('inconclusive');
    expect(with_(300)).toBe('fail');
  });
  it('perplexity: the margin is on its logarithm, and lower is better', () => {
    const nll = (per: number): Observation[] =>
      Array.from({length: 60}, (_, i) => ({
        item: `${i}`,
        cluster: `${i}`,
        stratum: '',
        values: [(per + 0.05 * Math.sin(i)) * 10, 10],
      }));
    const result = decideGate(spec({}), measured(likelihoodMeasure('token'), nll(2.03), nll(2)), options);
    expect(result.difference!.value).toBeCloseTo(-0.03, 6);
    expect(result.verdict).toBe('pass');
    expect(result.candidate!.value).toBeCloseTo(Math.exp(2.03), 1);
    expect(
      decideGate(spec({}), measured(likelihoodMeasure('token'), nll(2.1), nll(2)), options).verdict,
    ).toBe('fail');
  });
  it('refuses to compare perplexities of different tokenisers', () => {
    const one = [{item: 'a', cluster: 'a', stratum: '', values: [5, 4]}];
    const other = [{item: 'a', cluster: 'a', stratum: '', values: [5, 5]}];
    const result = decideGate(spec({}), measured(likelihoodMeasure('token'), one, other), options);
    expect(result.verdict).toBe('inconclusive');
    expect(result.reason).toContain('bits per byte');
  });
});

describe('limits on the candidate alone', () => {
  const atMost = spec({test: 'at-most', limit: 0.02, margin: 0});
  it('0 of 300 attacks allows up to 1 %: below 2 %, not below .5 %', () => {
    const none = measured(rateMeasure('lower'), of(ones(300, 0)));
    const result = decideGate(atMost, none, options);
    expect(result).toMatchObject({verdict: 'pass', bound: expect.closeTo(0.00994, 5), difference: null});
    expect(result.reason).toBe('0, upper 95 % bound 0.01 ≤ 0.02 (n = 300)');
    expect(decideGate({...atMost, limit: 0.005}, none, options).verdict).toBe('inconclusive');
  });
  it('0 of 40 is too few for 5 %', () => {
    const result = decideGate(
      {...atMost, limit: 0.05},
      measured(rateMeasure('lower'), of(ones(40, 0))),
      options,
    );
    expect(result).toMatchObject({verdict: 'inconclusive', bound: expect.closeTo(0.0722, 4)});
  });
  it('20 of 40 is shown to be too many', () => {
    const result = decideGate(atMost, measured(rateMeasure('lower'), of(ones(40, 20))), options);
    expect(result.verdict).toBe('fail');
    expect(result.bound!).toBeGreaterThan(0.3);
  });
  it('at-least: balanced accuracy ≥ .90', () => {
    const atLeast = spec({test: 'at-least', limit: 0.9, margin: 0});
    const verdict = (candidate: Observation[]) =>
      decideGate(atLeast, measured(balancedMeasure(), candidate), options).verdict;
    expect(verdict(triage(76, 216))).toBe('pass');
    expect(verdict(triage(72, 205))).toBe('inconclusive');
    expect(verdict(triage(40, 215))).toBe('fail');
  });
  it('latency: the median by its order statistics', () => {
    // Conover: for n = 20 and q = .5 the one-sided 95 % upper bound is the 15th value.
    const ms = of(Array.from({length: 20}, (_, i) => i + 1));
    const limit = (value: number) =>
      decideGate(
        spec({test: 'at-most', limit: value, margin: 0}),
        measured(quantileMeasure(0.5), ms),
        options,
      );
    expect(limit(15)).toMatchObject({verdict: 'pass', bound: 15});
    expect(limit(14).verdict).toBe('inconclusive');
    expect(limit(5).verdict).toBe('fail');
  });
  it('95th percentile of 20 values: its upper bound is unknown', () => {
    const ms = of(Array.from({length: 20}, (_, i) => i + 1));
    const result = decideGate(
      spec({test: 'at-most', limit: 1000, margin: 0}),
      measured(quantileMeasure(0.95), ms),
      options,
    );
    expect(result).toMatchObject({verdict: 'inconclusive', bound: null});
    expect(result.reason).toContain('too few');
  });
});

describe('what was not measured is inconclusive, never pass', () => {
  it('not configured', () => {
    const result = decideGate(spec({}), {status: 'not-measured', reason: 'no judge is configured'}, options);
    expect(result).toMatchObject({
      verdict: 'inconclusive',
      reason: 'not measured: no judge is configured',
      bound: null,
    });
  });
  it('no item in the slice', () => {
    const result = decideGate(spec({slice: 'new_batch'}), measured(rateMeasure(), []), options);
    expect(result).toMatchObject({
      verdict: 'inconclusive',
      reason: 'not measured: no item in slice new_batch',
    });
  });
  it('errors above the cap, of either side; below it they are left out, not scored 0', () => {
    const stable = of(ones(300, 290));
    const broken = (n: number) => of(ones(300, 290).map((score, i) => (i < n ? null : score)));
    const over = decideGate(spec({}), measured(rateMeasure(), broken(7), stable), options);
    expect(over).toMatchObject({
      verdict: 'inconclusive',
      reason: '7 of 300 items could not be scored, at most 2 % may fail',
    });
    expect(decideGate(spec({}), measured(rateMeasure(), stable, broken(7)), options).verdict).toBe(
      'inconclusive',
    );
    const under = decideGate(spec({}), measured(rateMeasure(), broken(5), stable), options);
    expect(under).toMatchObject({verdict: 'pass', difference: {value: 0, n: 295}});
  });
  it('an item only one side was asked counts as an error', () => {
    const result = decideGate(
      spec({}),
      measured(rateMeasure(), of(ones(300, 290)), of(ones(200, 190))),
      options,
    );
    expect(result.reason).toContain('100 of 300');
  });
  it('a single cluster', () => {
    const one = of([1, 0, 1]).map((o) => ({...o, cluster: 'all'}));
    const result = decideGate(spec({}), measured(meanMeasure(), one, one), options);
    expect(result.verdict).toBe('inconclusive');
    expect(result.reason).toContain('at least 2 clusters');
  });
});

describe('figures', () => {
  it('balanced accuracy of the example: .951 with an interval; no error in a class still leaves one', () => {
    const estimate = estimateOf(balancedMeasure(), triage(74, 215))!;
    expect(estimate.value).toBeCloseTo((74 / 80 + 215 / 220) / 2, 12);
    // MOVER by hand from Wilson's .84588 … .96517 and .94791 … .99025.
    expect(estimate.low).toBeCloseTo(
      estimate.value - Math.hypot(0.925 - 0.8458798, 0.9772727 - 0.9479099) / 2,
      6,
    );
    expect(estimate.high).toBeCloseTo(
      estimate.value + Math.hypot(0.9651748 - 0.925, 0.9902541 - 0.9772727) / 2,
      6,
    );
    const perfect = estimateOf(balancedMeasure(), triage(80, 220))!;
    expect(perfect.value).toBe(1);
    expect(perfect.low).toBeLessThan(0.99);
  });
  it('a mean of few scores does not leave the range of the score', () => {
    const wide = estimateOf(meanMeasure('higher', [0, 1]), of([0, 0, 0, 0, 1]))!;
    expect(wide).toMatchObject({value: 0.2, low: 0, n: 5});
    expect(wide.high).toBeCloseTo(0.2 + 2.776445 * 0.2, 5);
  });
  it('nothing scored, no figure', () => expect(estimateOf(rateMeasure(), of([null]))).toBeNull());
  it('minimum detectable effect: two halves of SE·(1.645 + .842)', () => {
    const candidate = of(ones(1000, 500));
    const stable = of(ones(1000, 500).map((v, i) => (i % 20 === 0 ? 1 - v : v)));
    const result = decideGate(spec({}), measured(rateMeasure(), candidate, stable), options);
    expect(result.minimumDetectable!).toBeCloseTo(2.4865 * Math.sqrt(0.05 / 1000), 3);
  });
});
