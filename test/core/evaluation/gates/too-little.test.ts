import {describe, expect, it} from 'vitest';
import {balancedMeasure} from '../../../../core/evaluation/gates/balanced-measure.ts';
import {corpusMeasure} from '../../../../core/evaluation/gates/corpus-measure.ts';
import {decideGate, estimateOf} from '../../../../core/evaluation/gates/decide.ts';
import {likelihoodMeasure} from '../../../../core/evaluation/gates/likelihood-measure.ts';
import {meanMeasure} from '../../../../core/evaluation/gates/mean-measure.ts';
import type {Observation} from '../../../../core/evaluation/gates/measure.ts';
import {rateMeasure} from '../../../../core/evaluation/gates/rate-measure.ts';
import {measured, of, ones, options, spec, triage} from './observations.ts';

/** One cluster for all of these. */
const together = (observations: readonly Observation[], cluster = 'all'): Observation[] =>
  observations.map((observation) => ({...observation, cluster}));

describe('items that all agree tell little', () => {
  const half = spec({margin: 0.05});
  const score = meanMeasure('higher', [0, 1]);
  it('ROUGE of 0 on both sides, two items: nobody knows', () => {
    const none = of([0, 0]);
    const result = decideGate(half, measured(score, none, none), options);
    // 1 − .05^(1/2) of the items may differ, by the whole range.
    expect(result).toMatchObject({verdict: 'inconclusive', bound: expect.closeTo(-0.7764, 4)});
    expect(estimateOf(score, none)).toEqual({value: 0, low: 0, high: expect.closeTo(0.8419, 4), n: 2});
  });
  it('two perfect items are no mean of .9', () => {
    const atLeast = spec({test: 'at-least', limit: 0.9, margin: 0});
    expect(decideGate(atLeast, measured(score, of([1, 1])), options)).toMatchObject({
      verdict: 'inconclusive',
      bound: expect.closeTo(0.2236, 4),
    });
    expect(decideGate(atLeast, measured(score, of(ones(29, 29))), options).verdict).toBe('pass');
  });
  it('BLEU of 0 on both sides, five items: ± 45 points', () => {
    const bleu = corpusMeasure(([a]) => a!, 1, [0, 100]);
    const none = of([0, 0, 0, 0, 0]);
    const result = decideGate(spec({margin: 1}), measured(bleu, none, none), options);
    expect(result).toMatchObject({verdict: 'inconclusive', bound: expect.closeTo(-45.07, 2)});
    expect(estimateOf(bleu, none)).toMatchObject({low: 0, high: expect.closeTo(52.18, 2)});
  });
  it('equal scores that a double cannot hold exactly are equal too', () => {
    const same = of([0.1, 0.1, 0.1]);
    expect(estimateOf(score, same)!.high).toBeGreaterThan(0.6);
  });
  it('a score without bounds: no interval, no verdict', () => {
    const cost = meanMeasure('lower');
    const same = of([3, 3, 3]);
    expect(estimateOf(cost, same)).toBeNull();
    const result = decideGate(half, measured(cost, same, same), options);
    expect(result).toMatchObject({verdict: 'inconclusive', bound: null, minimumDetectable: null});
    expect(result.reason).toBe(
      'difference 0, its error unknown: 3 paired items in 3 clusters, pairs whose differences vary are needed',
    );
    const alone = decideGate(spec({test: 'at-most', limit: 9}), measured(cost, same), options);
    expect(alone).toMatchObject({
      verdict: 'inconclusive',
      reason: '3: 3 items are too few, or too alike, for a 95 % bound',
    });
  });
});

describe('few clusters', () => {
  it('40 equal pairs of one cluster: the error is unknown', () => {
    const one = together(of(ones(40, 30)));
    const result = decideGate(spec({}), measured(rateMeasure(), one, one), options);
    expect(result).toMatchObject({
      verdict: 'inconclusive',
      bound: null,
      difference: null,
      minimumDetectable: null,
    });
    expect(result.reason).toBe(
      'difference 0, its error unknown: 40 paired items in 1 cluster, at least 2 clusters a class are needed',
    );
  });
  it('one class in one cluster: unknown, whatever the other knows', () => {
    const items = [...together(of(ones(40, 30), 'spam', 's')), ...of(ones(220, 210), 'ham', 'h')];
    const result = decideGate(spec({}), measured(balancedMeasure(), items, items), options);
    expect(result).toMatchObject({verdict: 'inconclusive', bound: null, minimumDetectable: null});
    expect(result.reason).toContain('at least 2 clusters a class');
  });
  it('a difference of shares lies between −1 and 1, and none is detectable beyond', () => {
    const items = of(ones(40, 30)).map((o, i) => ({...o, cluster: i < 39 ? 'most' : 'last'}));
    const result = decideGate(spec({}), measured(rateMeasure(), items, items), options);
    expect(result).toMatchObject({
      verdict: 'inconclusive',
      bound: -1,
      difference: {low: -1, high: 1},
      minimumDetectable: null,
    });
  });
  it('one cluster that outweighs all others: bounds beyond all numbers are unknown', () => {
    const nll = (per: number, last: number): Observation[] =>
      Array.from({length: 3000}, (_, i) => ({
        item: `${i}`,
        cluster: i < 2999 ? 'most' : 'last',
        stratum: '',
        values: [i < 2999 ? per : last, 1],
      }));
    const limit = spec({test: 'at-most', limit: 9, margin: 0});
    expect(decideGate(limit, measured(likelihoodMeasure('token'), nll(2, 3)), options)).toMatchObject({
      ...{verdict: 'inconclusive', bound: null, minimumDetectable: null},
    });
  });
  it('0 of 16 attacks in 2 clusters bounds less than in 16', () => {
    const bound = (items: Observation[]) =>
      decideGate(spec({test: 'at-most', limit: 0.2}), measured(rateMeasure('lower'), items), options).bound;
    const none = of(ones(16, 0));
    expect(bound(none)).toBeCloseTo(1 - 0.05 ** (1 / 16), 9);
    expect(bound(none.map((o, i) => ({...o, cluster: `${i % 2}`})))).toBeCloseTo(1 - 0.05 ** (1 / 2), 9);
  });
});

describe('balanced accuracy needs every declared class', () => {
  const measure = balancedMeasure(['spam', 'ham']);
  const ham = of(ones(26, 26), 'ham', 'h');
  it('is not shown of one class', () => {
    expect(estimateOf(measure, ham)).toBeNull();
    expect(estimateOf(measure, triage(74, 215))!.n).toBe(300);
  });
  it('its gates are inconclusive and name the class and the slice', () => {
    const better = spec({test: 'superiority', margin: 0, slice: 'new_batch'});
    expect(decideGate(better, measured(measure, ham, of(ones(26, 2), 'ham', 'h')), options)).toMatchObject({
      verdict: 'inconclusive',
      reason: 'no item of spam in slice new_batch',
      candidate: null,
    });
    const atLeast = spec({test: 'at-least', limit: 0.5, margin: 0});
    expect(decideGate(atLeast, measured(measure, ham), options).reason).toBe('no item of spam');
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
