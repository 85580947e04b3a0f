import {describe, expect, it} from 'vitest';
import {balancedMeasure} from '../../../../core/evaluation/gates/balanced-measure.ts';
import {metricCatalog} from '../../../../core/evaluation/catalog/catalog.ts';
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
    expect(result).toMatchObject({
      verdict: 'inconclusive',
      reason: '2 paired items in 2 clusters, at least 5 are needed',
      bound: null,
      basis: {clusters: 2, smallest: 68},
    });
    expect(estimateOf(score, none)).toMatchObject({value: 0, low: 0, high: 1, n: 2});
  });
  it('two items that differ a little pass no ROUGE gate, nor do thirty', () => {
    const near = (score0: number, n: number) =>
      of(Array.from({length: n}, (_, i) => score0 + 0.001 * (i % 2)));
    const verdict = (n: number) =>
      decideGate(half, measured(score, near(0.4, n), near(0.401, n)), options).verdict;
    for (const n of [2, 5, 30, 60]) expect(verdict(n), `${n}`).toBe('inconclusive');
    expect(verdict(80)).toBe('pass');
  });
  it('five perfect items are no mean of .9, thirty-two are', () => {
    const atLeast = spec({test: 'at-least', limit: 0.9, margin: 0});
    expect(decideGate(atLeast, measured(score, of(ones(5, 5))), options)).toMatchObject({
      verdict: 'inconclusive',
      bound: expect.closeTo(0.5231, 4),
    });
    expect(decideGate(atLeast, measured(score, of(ones(32, 32))), options).verdict).toBe('pass');
  });
  it('BLEU of 0 on both sides, five items: one that was not seen may be all there is', () => {
    const catalog = metricCatalog({t: {kind: 'generation'}}, 0);
    const none = of([0, 0, 0, 0, 0]).map((o) => ({...o, values: [0, 0, 0, 0, 5, 4, 3, 2, 5, 5]}));
    const result = decideGate(
      spec({margin: 1}),
      measured(catalog.get('t_bleu')!.measure, none, none),
      options,
    );
    expect(result).toMatchObject({verdict: 'inconclusive', basis: {smallest: 299}});
    expect(result.bound!).toBeLessThan(-30);
  });
  it('equal scores that a double cannot hold exactly are equal too', () => {
    const same = of([0.1, 0.1, 0.1]);
    expect(estimateOf(score, same)!.high).toBeGreaterThan(0.6);
  });
  it('a score without an end: no interval, no verdict', () => {
    const cost = meanMeasure('lower', [0, Infinity]);
    const some = of([3, 3, 3, 4, 5]);
    expect(estimateOf(cost, some)).toBeNull();
    const result = decideGate(half, measured(cost, some, some), options);
    expect(result).toMatchObject({verdict: 'inconclusive', bound: null, minimumDetectable: null});
    expect(result.reason).toMatch(
      /^difference 0, its error unknown: 5 paired items in 5 clusters are too few/,
    );
    const alone = decideGate(spec({test: 'at-most', limit: 9}), measured(cost, some), options);
    expect(alone).toMatchObject({verdict: 'inconclusive', bound: null});
    expect(alone.reason).toMatch(/^3\.6: 5 items are too few for a 95 % bound/);
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
    expect(result.reason).toBe('40 paired items in 1 cluster, at least 5 are needed');
  });
  it('one class in one cluster: unknown, whatever the other knows', () => {
    const items = [...together(of(ones(40, 30), 'spam', 's')), ...of(ones(220, 210), 'ham', 'h')];
    const result = decideGate(spec({}), measured(balancedMeasure(), items, items), options);
    expect(result).toMatchObject({verdict: 'inconclusive', bound: null, minimumDetectable: null});
    expect(result.reason).toMatch(/its error unknown: 260 paired items in 221 clusters are too few/);
  });
  it('a difference of shares lies between −1 and 1, and none is detectable beyond', () => {
    const items = of(ones(40, 30)).map((o, i) => ({...o, cluster: i < 35 ? 'most' : `${i}`}));
    const result = decideGate(
      spec({test: 'superiority', margin: 0.5}),
      measured(rateMeasure(), items, items),
      options,
    );
    expect(result).toMatchObject({verdict: 'inconclusive', minimumDetectable: null});
    expect(result.bound!).toBeGreaterThanOrEqual(-1);
    expect(result.bound!).toBeLessThan(-0.8);
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
      verdict: 'inconclusive',
      bound: null,
      minimumDetectable: null,
    });
  });
  it('0 of 16 attacks in 8 clusters bounds less than in 16', () => {
    const bound = (items: Observation[]) =>
      decideGate(spec({test: 'at-most', limit: 0.2}), measured(rateMeasure('lower'), items), options).bound;
    const none = of(ones(16, 0));
    expect(bound(none)).toBeCloseTo(1 - 0.05 ** (1 / 16), 9);
    expect(bound(none.map((o, i) => ({...o, cluster: `${i % 8}`})))).toBeCloseTo(1 - 0.05 ** (1 / 8), 9);
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
  it('errors above the cap, of either side', () => {
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
  });
  it('an item only one side was asked counts as an error', () => {
    const result = decideGate(
      spec({}),
      measured(rateMeasure(), of(ones(300, 290)), of(ones(200, 190))),
      options,
    );
    expect(result.reason).toContain('100 of 300');
    const other = decideGate(
      spec({}),
      measured(rateMeasure(), of(ones(200, 190)), of(ones(300, 290))),
      options,
    );
    expect(other).toMatchObject({verdict: 'inconclusive', reason: expect.stringContaining('100 of 300')});
  });
  it('of a gate on the candidate alone, what only stable was asked is no matter', () => {
    const atLeast = spec({test: 'at-least', limit: 0.5, margin: 0});
    const result = decideGate(
      atLeast,
      measured(rateMeasure(), of(ones(200, 190)), of(ones(300, 290))),
      options,
    );
    expect(result.verdict).toBe('pass');
  });
  it('a single cluster', () => {
    const one = of([1, 0, 1]).map((o) => ({...o, cluster: 'all'}));
    const result = decideGate(spec({}), measured(meanMeasure(), one, one), options);
    expect(result.verdict).toBe('inconclusive');
    expect(result.reason).toContain('in 1 cluster, at least 5 are needed');
  });
});
