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

const paired = (texts: readonly Scored[], cost: (nll: number, i: number) => number) =>
  texts.map(({item: name, cluster, stratum, values}, i) => ({
    item: name,
    cluster,
    stratum,
    stable: values,
    candidate: [cost(values[0]!, i), values[1]!],
  }));

test('the same weights are no worse by more than the texts that were not asked could show', () => {
  const texts = Array.from({length: 24}, (_, i) => item(10 + i, 10, `text-${i}`));
  const {value, lower} = likelihoodMeasure('token').difference(paired(texts, (nll) => nll));
  expect(value).toBe(0);
  // One nat a token is what a text counts for; betting .9 of what one has on 24 texts without a difference shows −.134.
  expect(lower).toBeCloseTo(-0.13389, 4);
});

test('differences are in nats a token and in bits a byte, and so are their bounds', () => {
  const texts = Array.from({length: 100}, (_, i) => item(100, 100, `text-${i}`));
  const worse = (unit: 'token' | 'byte') =>
    likelihoodMeasure(unit).difference(paired(texts, (nll, i) => nll + (i % 2 === 0 ? 10 : 20)));
  expect(worse('token').value).toBeCloseTo(-0.15, 12);
  expect(worse('byte').value).toBeCloseTo(-0.15 / Math.LN2, 12);
  expect(worse('byte').upper).toBeLessThan(-0.15 / Math.LN2 + 0.05);
  expect(worse('byte').lower).toBeLessThan(-0.15 / Math.LN2);
  expect(worse('byte').standardError / worse('token').standardError).toBeCloseTo(1 / Math.LN2, 9);
});

test('a text that went to nonsense counts for so much and no more, but moves the bound by what was seen', () => {
  const texts = Array.from({length: 200}, (_, i) => item(100, 50, `text-${i}`));
  const lost = (nats: number) =>
    likelihoodMeasure('token').difference(paired(texts, (nll, i) => nll + (i === 7 ? 50 * nats : 0)));
  expect(lost(1).lower).toBeLessThan(lost(0).lower);
  expect(lost(20).value).toBeCloseTo(-20 / 200, 12);
  expect(lost(20).lower).toBeLessThanOrEqual(lost(20).value);
  expect(lost(20).upper).toBe(lost(1).upper);
});
