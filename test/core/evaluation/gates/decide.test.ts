import {describe, expect, it} from 'vitest';
import {balancedMeasure} from '../../../../core/evaluation/gates/balanced-measure.ts';
import {decideGate, estimateOf} from '../../../../core/evaluation/gates/decide.ts';
import {likelihoodMeasure} from '../../../../core/evaluation/gates/likelihood-measure.ts';
import {meanMeasure} from '../../../../core/evaluation/gates/mean-measure.ts';
import type {Measure, Observation, Scored} from '../../../../core/evaluation/gates/measure.ts';
import type {GateSpec} from '../../../../schemas/report.ts';
import {quantileMeasure} from '../../../../core/evaluation/gates/quantile-measure.ts';
import {rateMeasure} from '../../../../core/evaluation/gates/rate-measure.ts';
import {measured, of, ones, options, spec, triage} from './observations.ts';

describe('superiority', () => {
  const better = spec({test: 'superiority', margin: 0});
  it('base .50, candidate .951: better', () => {
    const result = decideGate(better, measured(balancedMeasure(), triage(74, 215), triage(0, 220)), options);
    expect(result.verdict).toBe('pass');
    expect(result.candidate).toMatchObject({value: expect.closeTo(0.9511, 4), n: 300});
    expect(result.difference!.value).toBeCloseTo(0.4511, 4);
    expect(result.bound!).toBeGreaterThan(0.4);
    expect(result.reason).toMatch(
      /^difference 0\.451, lower 95 % bound 0\.4\d* > 0 \(300 paired items in 300 clusters\)$/,
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
    for (const measure of [balancedMeasure(), rateMeasure(), meanMeasure('higher', [0, 1])]) {
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
    const rouge = (n: number) => of(Array.from({length: n}, (_, i) => (i % 7) / 7));
    const equal = (n: number) =>
      decideGate(spec({}), measured(meanMeasure('higher', [0, 1]), rouge(n), rouge(n)), options);
    expect(equal(5)).toMatchObject({verdict: 'inconclusive', bound: expect.closeTo(-0.5083, 4)});
    expect(equal(67).verdict).toBe('inconclusive');
    expect(equal(68)).toMatchObject({verdict: 'pass', bound: expect.closeTo(-0.0497, 3)});
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
    const nll = (per: number, wobble = 0): Observation[] =>
      Array.from({length: 400}, (_, i) => ({
        item: `${i}`,
        cluster: `${i}`,
        stratum: '',
        values: [(per + 0.05 * Math.sin(i) + (i % 2 === 0 ? wobble : -wobble)) * 10, 10],
      }));
    const result = decideGate(
      spec({}),
      measured(likelihoodMeasure('token'), nll(2.03, 0.01), nll(2)),
      options,
    );
    expect(result.difference!.value).toBeCloseTo(-0.03, 6);
    expect(result.verdict).toBe('pass');
    expect(result.candidate!.value).toBeCloseTo(Math.exp(2.03), 1);
    expect(
      decideGate(spec({}), measured(likelihoodMeasure('token'), nll(2.1, 0.01), nll(2)), options).verdict,
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

/** Expected shares: scipy.stats.binom over the counts that pass, solved for a power of .8. */
describe('what a limit could detect', () => {
  const detectable = (
    measure: Measure,
    candidate: Observation[],
    test: 'at-least' | 'at-most',
    limit: number,
  ) => decideGate(spec({test, limit, margin: 0}), measured(measure, candidate), options).minimumDetectable;
  it.each([
    ['at-most', 0.15, 46, 0, 0.116456],
    ['at-most', 0.05, 60, 0, 0.046288],
    ['at-least', 0.75, 40, 39, 0.150985],
    ['at-least', 0.85, 300, 289, 0.049469],
  ] as const)('a share %s %d of %d items', (test, limit, n, right, want) => {
    const measure = rateMeasure(test === 'at-most' ? 'lower' : 'higher');
    expect(detectable(measure, of(ones(n, right)), test, limit)).toBeCloseTo(want, 6);
  });
  it('nothing where not even a perfect sample passes', () => {
    expect(detectable(rateMeasure('lower'), of(ones(40, 0)), 'at-most', 0.05)).toBeNull();
    expect(detectable(balancedMeasure(), triage(80, 220), 'at-least', 0.999)).toBeNull();
  });
  it('balanced accuracy: near the exact sums over both classes, .0735 and .0473', () => {
    const of40and300 = [...of(ones(40, 39), 'spam', 's'), ...of(ones(300, 289), 'ham', 'h')];
    expect(detectable(balancedMeasure(), of40and300, 'at-least', 0.85)).toBeCloseTo(0.0768, 3);
    expect(detectable(balancedMeasure(), triage(74, 215), 'at-least', 0.9)).toBeCloseTo(0.0487, 3);
  });
  it('a mean: as far as its bound, and .84 standard errors more, within its range', () => {
    const scores = of(Array.from({length: 400}, (_, i) => (i % 5) / 4));
    const score = meanMeasure('higher', [0, 1]);
    const {value, lower} = score.single(scores as Scored[]);
    const effect = value - lower + 0.8416 * Math.sqrt(0.125 / 399);
    expect(detectable(score, scores, 'at-least', 0.4)).toBeCloseTo(effect, 6);
    expect(detectable(score, scores, 'at-least', 0.99)).toBeNull();
  });
  it('perplexity: by its logarithm, multiplied with the limit', () => {
    const nll = Array.from({length: 400}, (_, i) => ({
      item: `${i}`,
      cluster: `${i}`,
      stratum: '',
      values: [20 + (i % 2), 10],
    }));
    const {value, upper} = likelihoodMeasure('token').single(nll);
    const effect = Math.log(upper / value) + 0.8416 * Math.sqrt(0.0025 / 399);
    expect(detectable(likelihoodMeasure('token'), nll, 'at-most', 10)).toBeCloseTo(
      10 * (1 - Math.exp(-effect)),
      4,
    );
  });
  it('perplexity near its end: down to 1, and none below', () => {
    const nll = Array.from({length: 400}, (_, i) => ({
      item: `${i}`,
      cluster: `${i}`,
      stratum: '',
      values: [4 + (i % 2), 10],
    }));
    const {value, upper} = likelihoodMeasure('token').single(nll);
    const effect = Math.log(upper / value) + 0.8416 * Math.sqrt(0.0025 / 399);
    expect(detectable(likelihoodMeasure('token'), nll, 'at-most', 2)).toBeCloseTo(
      2 * (1 - Math.exp(-effect)),
      4,
    );
    expect(detectable(likelihoodMeasure('token'), nll, 'at-most', 1.01)).toBeNull();
  });
  it('latency: none can be named', () => {
    expect(detectable(quantileMeasure(0.5), of(ones(40, 20)), 'at-most', 20)).toBeNull();
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

describe('figures', () => {
  it('balanced accuracy of the example: .951 with an interval; no error in a class still leaves one', () => {
    const estimate = estimateOf(balancedMeasure(), triage(74, 215))!;
    expect(estimate.value).toBeCloseTo((74 / 80 + 215 / 220) / 2, 12);
    // MOVER by hand from scipy.stats.beta: Clopper–Pearson's .84387 … .97198 of 74 in 80, .94776 … .99258 of 215 in 220.
    expect(estimate.low).toBeCloseTo(
      estimate.value - Math.hypot(0.925 - 0.8438720682639278, 0.9772727272727273 - 0.9477619508639178) / 2,
      9,
    );
    const apart =
      estimate.value + Math.hypot(0.9719794538231588 - 0.925, 0.9925802786611079 - 0.9772727272727273) / 2;
    // All classes together are worth 4 / (1/80 + 1/220) items; that interval reaches further up.
    expect(estimate.high).toBeGreaterThanOrEqual(apart - 1e-12);
    expect(estimate.high).toBeCloseTo(apart, 2);
    const perfect = estimateOf(balancedMeasure(), triage(80, 220))!;
    expect(perfect.value).toBe(1);
    expect(perfect.low).toBeLessThan(0.99);
  });
  it('a mean of few scores does not leave the range of the score', () => {
    const wide = estimateOf(meanMeasure('higher', [0, 1]), of([0, 0, 0, 0, 1]))!;
    expect(wide).toMatchObject({value: 0.2, low: 0, n: 5});
    expect(wide.high).toBeGreaterThan(0.7);
    expect(wide.high).toBeLessThanOrEqual(1);
  });
  it('nothing scored, no figure', () => expect(estimateOf(rateMeasure(), of([null]))).toBeNull());
  it('minimum detectable effect: from the figure to its bound, and .84 standard errors', () => {
    const candidate = of(ones(1000, 500));
    const stable = of(ones(1000, 500).map((v, i) => (i % 20 === 0 ? 1 - v : v)));
    const result = decideGate(spec({}), measured(rateMeasure(), candidate, stable), options);
    expect(result.difference!.value).toBe(0);
    expect(result.minimumDetectable!).toBeCloseTo(-result.bound! + 0.8416 * Math.sqrt(0.05 / 999), 5);
    expect(result.minimumDetectable!).toBeLessThan(0.025);
  });
});

describe('what a gate rests on', () => {
  it('clusters, the least number that can pass, and the method', () => {
    const clustered = of(ones(60, 50)).map((o, i) => ({...o, cluster: `${Math.floor(i / 2)}`}));
    const result = decideGate(spec({}), measured(rateMeasure(), clustered, clustered), options);
    expect(result.basis).toEqual({clusters: 30, smallest: 68, method: 'betting over clusters'});
    expect(result.reason).toMatch(/30 clusters, at least 68 are needed$/);
  });
  it.each([
    [rateMeasure(), {test: 'at-least', limit: 0.9}, 29],
    [rateMeasure('lower'), {test: 'at-most', limit: 0.05}, 59],
    [rateMeasure(), {test: 'superiority', margin: 0}, 5],
    [meanMeasure('higher', [0, 1]), {test: 'at-least', limit: 0.9}, 32],
    [meanMeasure('lower', [0, 10]), {test: 'at-most', limit: 1}, 32],
    [balancedMeasure(['a', 'b']), {test: 'non-inferiority', margin: 0.05}, 96],
    [quantileMeasure(0.95), {test: 'non-inferiority', margin: 50}, 72],
    [quantileMeasure(0.95), {test: 'at-most', limit: 50}, 59],
    [quantileMeasure(0.5), {test: 'superiority', margin: 0}, 6],
    [likelihoodMeasure('token'), {test: 'non-inferiority', margin: 0.5}, 6],
    [likelihoodMeasure('byte'), {test: 'non-inferiority', margin: 0.05}, 33],
  ] as const)('least number %#', (measure, line, want) => {
    const candidate = of(ones(5, 5)).map((o) => ({...o, stratum: 'a', values: [...o.values!, 1]}));
    const both = [
      ...candidate,
      ...candidate.map((o) => ({...o, item: `b${o.item}`, cluster: `b${o.cluster}`, stratum: 'b'})),
    ];
    const gate = spec({margin: 0, ...line});
    expect(decideGate(gate, measured(measure, both, both), options).basis!.smallest).toBe(want);
  });
  it('a line that no number of items reaches', () => {
    const items = of(ones(100, 100));
    const result = decideGate(spec({margin: 0}), measured(rateMeasure(), items, items), options);
    expect(result.basis!.smallest).toBeNull();
    expect(result.reason).toContain('no number of items can show this');
  });
  it('a margin beyond what an item can count for is no pass', () => {
    const nll = of(ones(40, 40)).map((o) => ({...o, values: [20, 10]}));
    const worse = nll.map((o) => ({...o, values: [90, 10]}));
    const result = decideGate(spec({margin: 1}), measured(likelihoodMeasure('token'), worse, nll), options);
    expect(result).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('leaves nothing to show'),
    });
  });
});

describe('at the line itself', () => {
  /** Paired bounds of one's choice. */
  const bounded = (lower: number, upper: number): Measure => ({
    ...rateMeasure(),
    difference: (pairs) => ({
      value: 0,
      low: lower,
      high: upper,
      lower,
      upper,
      n: pairs.length,
      standardError: 0.01,
    }),
  });
  const items = of(ones(10, 5));
  const at = (gate: Partial<GateSpec>, lower: number, upper: number) =>
    decideGate(spec(gate), measured(bounded(lower, upper), items, items), options).verdict;
  it('a bound on the line shows nothing, either way', () => {
    expect(at({margin: 0.05}, -0.05, 0.1)).toBe('inconclusive');
    expect(at({margin: 0.05}, -0.0499, 0.1)).toBe('pass');
    expect(at({margin: 0.05}, -0.2, -0.05)).toBe('inconclusive');
    expect(at({margin: 0.05}, -0.2, -0.0501)).toBe('fail');
    expect(at({test: 'superiority', margin: 0.02}, 0.02, 0.1)).toBe('inconclusive');
    expect(at({test: 'superiority', margin: 0.02}, 0.0201, 0.1)).toBe('pass');
  });
  it('a limit is kept on the line', () => {
    const alone = (lower: number, upper: number): Measure => ({
      ...rateMeasure(),
      single: (all) => ({value: 0.5, low: lower, high: upper, lower, upper, n: all.length}),
    });
    const verdict = (test: 'at-least' | 'at-most', lower: number, upper: number) =>
      decideGate(spec({test, limit: 0.5, margin: 0}), measured(alone(lower, upper), items), options).verdict;
    expect(verdict('at-least', 0.5, 0.6)).toBe('pass');
    expect(verdict('at-least', 0.4, 0.5)).toBe('inconclusive');
    expect(verdict('at-least', 0.4, 0.4999)).toBe('fail');
    expect(verdict('at-most', 0.4, 0.5)).toBe('pass');
    expect(verdict('at-most', 0.5, 0.6)).toBe('inconclusive');
    expect(verdict('at-most', 0.5001, 0.6)).toBe('fail');
  });
});
