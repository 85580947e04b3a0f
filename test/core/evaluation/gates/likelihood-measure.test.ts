import {describe, expect, test} from 'vitest';
import {likelihoodMeasure} from '../../../../core/evaluation/gates/likelihood-measure.ts';
import type {Scored} from '../../../../core/evaluation/gates/measure.ts';

const item = (nll: number, units: number, name: string): Scored => ({
  item: name,
  cluster: name,
  stratum: '',
  values: [nll, units],
});

describe('the interval of a likelihood', () => {
  // Mean 0.55 nats a unit with a standard error of 0.45 over two items: by t with one degree of freedom it would reach to −5.2.
  const few = [item(1, 10, 'a'), item(10, 10, 'b')];

  test('of bits per byte does not reach below 0', () => {
    const {value, low, high} = likelihoodMeasure('byte').single(few);
    expect(value).toBeCloseTo(0.55 / Math.LN2, 12);
    expect(low).toBe(0);
    expect(high).toBeGreaterThan(value);
  });

  test('of a perplexity does not reach below 1', () => {
    const {value, low} = likelihoodMeasure('token').single(few);
    expect(value).toBeCloseTo(Math.exp(0.55), 12);
    expect(low).toBe(1);
  });
});

test('the same weights are no worse by more than the texts that were not asked could show', () => {
  const measure = likelihoodMeasure('token');
  const texts = Array.from({length: 24}, (_, i) => item(10 + i, 10, `text-${i}`));
  const pairs = texts.map(({item: name, cluster, stratum, values}) => ({
    ...{item: name, cluster, stratum, slices: [], candidate: values, stable: values},
  }));
  const {value, lower} = measure.difference(pairs);
  expect(value).toBe(0);
  // 3.3 nats a token at worst, and 0 of 24 that differ: 1 − .05^(1/24) = .117 of the others might.
  expect(lower).toBeCloseTo(-3.3 * (1 - 0.05 ** (1 / 24)), 1);
});
