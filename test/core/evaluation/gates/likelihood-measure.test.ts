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
