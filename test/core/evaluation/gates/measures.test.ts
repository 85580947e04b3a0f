import {describe, expect, it} from 'vitest';
import {balancedMeasure} from '../../../../core/evaluation/gates/balanced-measure.ts';
import {clusteredShare, smallestOfShare} from '../../../../core/evaluation/gates/clustered-share.ts';
import {likelihoodMeasure} from '../../../../core/evaluation/gates/likelihood-measure.ts';
import {meanMeasure} from '../../../../core/evaluation/gates/mean-measure.ts';
import type {Measure, Pair, Scored} from '../../../../core/evaluation/gates/measure.ts';
import {quantileMeasure} from '../../../../core/evaluation/gates/quantile-measure.ts';
import {rateMeasure} from '../../../../core/evaluation/gates/rate-measure.ts';
import {seededRandom} from '../../../../core/evaluation/statistics/random.ts';
import {of, ones} from './observations.ts';

const pairs = (
  n: number,
  values: (i: number) => readonly [stable: number[], candidate: number[]],
  cluster = (i: number) => `${i}`,
  stratum = (_: number) => '',
): Pair[] =>
  Array.from({length: n}, (_, i) => {
    const [stable, candidate] = values(i);
    return {item: `${i}`, cluster: cluster(i), stratum: stratum(i), stable, candidate};
  });

describe('the good direction is positive', () => {
  const worse = pairs(40, (i) => [[0], [i % 2]]);
  it.each([
    ['a harm', rateMeasure('lower'), -0.5],
    ['a quality', rateMeasure('higher'), 0.5],
    ['a cost', meanMeasure('lower', [0, 1]), -0.5],
    ['a score', meanMeasure('higher', [0, 1]), 0.5],
  ] as const)('%s', (_, measure, value) => expect(measure.difference(worse).value).toBe(value));
});

describe('a score beyond its range', () => {
  it('counts as the end of it', () => {
    const cost = meanMeasure('lower', [0, 10]);
    expect(cost.single(of([0, 5, 400]) as Scored[]).value).toBe(5);
    expect(cost.difference(pairs(2, () => [[5], [400]])).value).toBe(-5);
  });
});

describe('balanced accuracy', () => {
  const classOf = (i: number): string => (i % 2 === 0 ? 'a' : 'b');
  const alone = (cluster: (i: number) => string): Scored[] =>
    Array.from({length: 80}, (_, i) => ({
      item: `${i}`,
      cluster: cluster(i),
      stratum: classOf(i),
      values: [i % 10 < 8 ? 1 : 0],
    }));
  it('whose classes share clusters knows less: both err at once', () => {
    const measure = balancedMeasure();
    const [apart, shared] = [measure.single(alone((i) => `${i}`)), measure.single(alone((i) => `${i >> 1}`))];
    expect(shared.value).toBe(apart.value);
    expect(shared.lower).toBeLessThan(apart.lower - 0.02);
    expect(shared.upper).toBeGreaterThan(apart.upper + 0.01);
    const values = (i: number) => [[1], [i % 10 < 8 ? 1 : 0]] as const;
    const difference = (cluster: (i: number) => string) =>
      measure.difference(pairs(80, (i) => [[...values(i)[0]], [...values(i)[1]]], cluster, classOf)).lower;
    expect(difference((i) => `${i >> 1}`)).toBeLessThan(difference((i) => `${i}`) - 0.02);
  });
  it('of like classes reaches as far up as the exact bound of all of them together', () => {
    // 57 of 60 right: one miss in three of the five classes. scipy.stats.beta.ppf(.95, 58, 3) = .986235.
    const items = ones(60, 57).map((right, i): Scored => ({
      item: `${i}`,
      cluster: `${i}`,
      stratum: `${i % 5}`,
      values: [right],
    }));
    expect(balancedMeasure().single(items).upper).toBeCloseTo(0.986235, 5);
  });
});

it('a mean of scores from 0 to 1 differs by at most 1, and a score beyond counts as the end', () => {
  const mean = meanMeasure();
  expect(mean.reach).toEqual([-1, 1]);
  const scores = (score: number): Scored[] =>
    Array.from({length: 30}, (_, i) => ({
      item: `${i}`,
      cluster: `${i}`,
      stratum: '',
      values: [i % 2 ? score : 0.5],
    }));
  expect(mean.single(scores(1.5))).toEqual(mean.single(scores(1)));
  expect(mean.single(scores(-0.5))).toEqual(mean.single(scores(0)));
});

it('a mean of scores that are all alike is shown by one of them, at most what they are, and never by a paired gate', () => {
  const smallest = (line: Parameters<Measure['smallest']>[0]) => meanMeasure('lower', [2, 2]).smallest(line);
  expect(smallest({test: 'at-most', limit: 2})).toBe(1);
  expect(smallest({test: 'at-most', limit: 1.9})).toBe(Infinity);
  expect(smallest({test: 'at-least', limit: 2})).toBe(Infinity);
  expect(smallest({test: 'non-inferiority', margin: 1})).toBe(Infinity);
});

describe('shares', () => {
  it('count clusters, not items', () => {
    const items = of(ones(40, 30)).map((o, i) => ({...o, cluster: `${i >> 1}`})) as Scored[];
    // 15 of 20, by scipy.stats.beta.ppf(.05, 15, 6) = .54442, (.95, 16, 5) = .89592.
    const {value, worth, within} = clusteredShare(items);
    expect(value).toBe(0.75);
    expect(worth).toBeCloseTo(20, 9);
    expect(within(0.9)).toEqual({low: expect.closeTo(0.54442, 5), high: expect.closeTo(0.89592, 5)});
  });
  /** Right but for those of the named clusters; the first `sizes.length` clusters are of these sizes, the others of one. */
  const grouped = (n: number, sizes: readonly number[], wrong: readonly string[] = []): Scored[] => {
    const names = sizes.flatMap((size, c) => new Array<string>(size).fill(`large ${c}`));
    return Array.from({length: n}, (_, i) => {
      const cluster = names[i] ?? `${i}`;
      return {item: `${i}`, cluster, stratum: '', values: [wrong.includes(cluster) ? 0 : 1]};
    });
  };
  it('one large cluster that was right counts once: it is wrong with probability .95 at most', () => {
    const {lower} = rateMeasure().single(grouped(1000, [50]));
    // κ = .05 · 50 items is more than one, so none of the single ones may be wrong besides.
    expect(lower).toBeCloseTo(1 - 0.05 * 0.95, 6);
  });
  it('families of 6, 4, 4, 4, 3, 3, 3, 3 and 2 without a harm bound it by what they leave unseen', () => {
    const sizes = [6, 4, 4, 4, 3, 3, 3, 3, 2];
    // Eight of them are larger than κ = (.05 · ∏ size)^(1/8); the harm is at most (30 − 8 κ) / 32.
    const kappa = (0.05 * 6 * 4 ** 3 * 3 ** 4) ** (1 / 8);
    const harm = (30 - 8 * kappa) / 32;
    for (const ordered of [sizes, sizes.toReversed()]) {
      expect(1 - rateMeasure().single(grouped(32, ordered)).lower).toBeCloseTo(harm, 9);
      // Of so many single items none is a harm with probability .05.
      expect((1 - harm) ** clusteredShare(grouped(32, ordered)).worth).toBeCloseTo(0.05, 9);
    }
    // Two pairs and a single one are all larger than κ = (.05 · 2 · 2 · 1)^(1/3).
    const {worth} = clusteredShare(grouped(5, [2, 2]));
    expect(((3 * 0.2 ** (1 / 3)) / 5) ** worth).toBeCloseTo(0.05, 9);
  });
  it('counts a cluster of which half is right as half', () => {
    const items = of(ones(40, 20)).map((o, i) => ({...o, cluster: `${i % 20}`})) as Scored[];
    // 10 of 20, by scipy.stats.beta.ppf(.05, 10, 11) and (.95, 11, 10).
    expect(clusteredShare(items).within(0.9)).toEqual({
      low: expect.closeTo(0.302, 3),
      high: expect.closeTo(0.698, 3),
    });
  });
  it('is bounded by nothing above where a large cluster is nearly all right, and all others are', () => {
    const items = of(ones(200, 197)).map((o, i) => ({...o, cluster: i < 140 ? `${i}` : 'large'})) as Scored[];
    expect(clusteredShare(items).value).toBeCloseTo(0.985, 9);
    expect(clusteredShare(items).within(0.9).high).toBe(1);
  });
  it('is an interval around the share for clusters of any sizes, all of them right or all wrong among them', () => {
    const next = seededRandom('sizes of clusters');
    for (let round = 0; round < 200; round++) {
      const sizes = Array.from({length: 1 + next.below(60)}, () => 1 + next.below(round % 2 ? 5 : 12));
      const right = [1, 0, 0.5][round % 3]!;
      const items = sizes.flatMap((size, c) => {
        const value = right === 0.5 ? next.below(2) : right;
        return Array.from({length: size}, (_, i): Scored => {
          return {item: `${c}/${i}`, cluster: `${c}`, stratum: '', values: [value]};
        });
      });
      const {value, within} = clusteredShare(items);
      const {low, high} = within(0.9);
      expect([low >= 0, low <= value + 1e-9, high >= value - 1e-9, high <= 1], `round ${round}`).toEqual([
        true,
        true,
        true,
        true,
      ]);
    }
  });
  it('one large cluster that was wrong is one miss: it is wrong with probability .05 at least', () => {
    const {value, upper} = rateMeasure().single(grouped(400, [20], ['large 0']));
    expect(value).toBe(0.95);
    // 1 miss of 20 items, by Clopper and Pearson: .95^(1/20) is never exceeded by 1 − 1/20 hits.
    expect(upper).toBeCloseTo(0.95 ** (1 / 20), 9);
  });
  it('a wrong item more costs less than a wrong cluster', () => {
    const lower = (wrong: string[]) => rateMeasure().single(grouped(300, [3, 3, 3, 3], wrong)).lower;
    expect(lower(['299'])).toBeGreaterThan(lower(['299', '298', '297']));
    expect(lower(['299', '298', '297'])).toBeGreaterThan(lower(['large 0']));
    expect(lower(['large 0'])).toBeGreaterThan(0.95);
  });
});

describe('a share of clusters of one size', () => {
  it.each([
    // Clopper and Pearson 1934: without a miss, and with one, in closed form; 15 of 20 by scipy.stats.beta.ppf.
    [20, 0, 0, 1 - 0.05 ** (1 / 20)],
    [20, 1, 1 - 0.95 ** (1 / 20), 0.2161],
    [20, 15, 0.54442, 0.89592],
    [20, 19, 0.7839, 0.95 ** (1 / 20)],
    [20, 20, 0.05 ** (1 / 20), 1],
    [2, 1, 1 - 0.95 ** (1 / 2), 0.95 ** (1 / 2)],
    [1, 0, 0, 0.95],
    [1, 1, 0.05, 1],
  ])('has the exact interval: of %d clusters %d', (n, right, low, high) => {
    for (const size of [1, 4]) {
      const items = of(ones(n * size, right * size)).map((o, i) => ({
        ...o,
        cluster: `${Math.floor(i / size)}`,
      }));
      expect(clusteredShare(items as Scored[]).within(0.9)).toEqual({
        low: expect.closeTo(low, 4),
        high: expect.closeTo(high, 4),
      });
    }
  });
});

describe('a likelihood', () => {
  it('each text counts for so much on its own, before its cluster is added up', () => {
    const measure = likelihoodMeasure('token');
    const lost = (nats: number) =>
      measure.difference(
        pairs(
          200,
          (i) => [
            [100, 50],
            [i === 0 ? 100 + 50 * nats : 100, 50],
          ],
          (i) => `${i >> 1}`,
        ),
      );
    expect(lost(20).upper).toBe(lost(1).upper);
    expect(lost(1).upper).toBeLessThan(lost(0.5).upper);
    const won = (nats: number) =>
      measure.difference(
        pairs(
          200,
          (i) => [
            [100 + (i === 0 ? 50 * nats : 0), 50],
            [100, 50],
          ],
          (i) => `${i >> 1}`,
        ),
      );
    expect(won(20).lower).toBe(won(1).lower);
  });
  it('a text costs no more than a guess', () => {
    const texts = (nats: number): Scored[] =>
      Array.from({length: 50}, (_, i) => ({
        item: `${i}`,
        cluster: `${i}`,
        stratum: '',
        values: [i === 0 ? 10 * nats : 20, 10],
      }));
    const measure = likelihoodMeasure('token');
    expect(measure.single(texts(500)).lower).toBe(measure.single(texts(18 * Math.LN2)).lower);
  });
});

describe('a difference of medians', () => {
  it('by the order statistics of both sides, each with half of the error', () => {
    // Of 100 values P(X ≤ 39) = .0176 and P(X ≤ 40) = .0284 (scipy.stats.binom): at .025 the bounds are the 40th and 61st.
    const apart = pairs(100, (i) => [[i + 1], [1000 + 10 * (i + 1)]]);
    const {lower, upper, value, standardError} = quantileMeasure(0.5).difference(apart);
    expect(value).toBe(50.5 - 1505);
    expect(lower).toBe(40 - 1610);
    expect(upper).toBe(61 - 1400);
    // An interval of 95 % reaches 1.96 standard errors either way.
    expect(standardError).toBeCloseTo(231 / (2 * 1.959964), 4);
  });
  it.each([
    // ln .05 / ln q for an upper bound, ln .05 / ln (1 − q) for a lower one; of a difference both, with half the error.
    [0.5, {'at-least': 5, 'at-most': 5, 'non-inferiority': 6, superiority: 6}],
    [0.95, {'at-least': 1, 'at-most': 59, 'non-inferiority': 72, superiority: 72}],
    [0.05, {'at-least': 59, 'at-most': 1, 'non-inferiority': 72, superiority: 72}],
  ])('of the %d quantile needs as many items as a bound takes: %j', (q, needed) => {
    const measure = quantileMeasure(q);
    for (const test of ['at-least', 'at-most'] as const)
      expect(measure.smallest({test, limit: 500})).toBe(needed[test]);
    for (const test of ['non-inferiority', 'superiority'] as const)
      expect(measure.smallest({test, margin: 5})).toBe(needed[test]);
  });
  it('clusters of four count once, to the careful side', () => {
    const clustered = Array.from({length: 80}, (_, i): Scored => ({
      item: `${i}`,
      cluster: `${i >> 2}`,
      stratum: '',
      values: [(i >> 2) + 1],
    }));
    // 20 clusters: P(X ≤ 5) = .0207, P(X ≤ 6) = .0577: the 6th and the 15th, as of 20 single items (Conover 1999).
    expect(quantileMeasure(0.5).single(clustered)).toMatchObject({lower: 6, upper: 15});
    // Whatever order the items come in.
    expect(quantileMeasure(0.5).single(clustered.toReversed())).toMatchObject({lower: 6, upper: 15});
    // Half of the last pair counts as all of it: at most 19 of 20 lie under a .999 quantile with probability .02.
    const twos = Array.from({length: 40}, (_, i) => ({
      item: `${i}`,
      cluster: `${i >> 1}`,
      stratum: '',
      values: [i],
    }));
    expect(quantileMeasure(0.999).single(twos)).toMatchObject({lower: 38, upper: NaN});
    expect(quantileMeasure(0.001).single(twos)).toMatchObject({lower: NaN, upper: 1});
  });
  it.each([
    // Of 40 items all lie under the .999 quantile with probability .961, so the largest may: .999^40 > .05. Of the .9 one
    // P(X = 40) = .0148 and P(X ≥ 39) = .0805; P(X ≤ 32) = .0419 and P(X ≤ 33) = .0995 (binomial).
    [0.999, 40, NaN],
    [0.9, 33, 40],
    [0.1, 1, 8],
    [0.001, NaN, 1],
  ])(
    'the %d quantile of 40 single items lies between two of them, from the first to the last',
    (q, lower, upper) => {
      const items = of(Array.from({length: 40}, (_, i) => i + 1)) as Scored[];
      expect(quantileMeasure(q).single(items)).toMatchObject({lower, upper});
    },
  );
  it('… also where a cluster’s values differ', () => {
    const items = Array.from({length: 80}, (_, i): Scored => ({
      item: `${i}`,
      cluster: `${i >> 2}`,
      stratum: '',
      values: [i + 1],
    }));
    // 20 of 80 values are five clusters; a 21st already counts as the sixth. So from above.
    expect(quantileMeasure(0.5).single(items)).toMatchObject({lower: 21, upper: 60});
  });
  it('what a large cluster has beyond one item may all lie on one side', () => {
    const large = (n: number, size: number): Scored[] =>
      Array.from({length: n}, (_, i) => ({
        item: `${i}`,
        cluster: i < size ? 'large' : `${i}`,
        stratum: '',
        values: [i + 1],
      }));
    // 37 units hold 37 of 40 items: P(X ≥ 26) = .0333 and P(X ≥ 25) = .0676 of a binomial (37, .5 / .925), and the large
    // cluster is one of them, so the bound is the 29th value.
    expect(quantileMeasure(0.5).single(large(40, 4)).upper).toBe(29);
    // From below where it holds the largest ones.
    const last = large(40, 4).map((item) => ({...item, values: [41 - item.values[0]!]}));
    expect(quantileMeasure(0.5).single(last).lower).toBe(12);
    expect(quantileMeasure(0.95).single(large(400, 4)).upper).toBeGreaterThan(380);
    expect(quantileMeasure(0.95).single(large(400, 40)).upper).toBeNaN();
  });
});

/** ln .05 / ln .95 = 58.4, ln .05 / ln .5 = 4.3; the rule of three, exactly. */
it.each<[test: 'at-least' | 'at-most', limit: number, items: number]>([
  ['at-least', 0.95, 59],
  ['at-most', 0.05, 59],
  ['at-least', 0.5, 5],
  // .05 itself is shown by one.
  ['at-least', 0.05, 1],
  ['at-least', 0, 1],
  ['at-most', 1, 1],
  // What must never happen is shown by no number of items.
  ['at-least', 1, Infinity],
  ['at-most', 0, Infinity],
])('%s %d is shown by %d items without a miss', (test, limit, items) => {
  expect(smallestOfShare({test, limit})).toBe(items);
});
