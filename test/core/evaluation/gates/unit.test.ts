import {describe, expect, it} from 'vitest';
import {metricCatalog} from '../../../../core/evaluation/catalog/catalog.ts';
import {figure, quantity} from '../../../../core/evaluation/gates/figure.ts';
import {unitOf} from '../../../../core/evaluation/gates/unit.ts';
import {GateSpec} from '../../../../schemas/report.ts';

const catalog = metricCatalog({subject: {kind: 'generation'}}, 0.05);
const unit = (metric: string, test: GateSpec['test']): string =>
  unitOf(GateSpec.parse({metric, test, limit: 1}), catalog.get(metric), 'USD');

describe('the unit of a gate’s figures', () => {
  it.each([
    ['latency_p50_ms', 'at-most', 'ms'],
    ['cost_per_1k', 'at-most', 'USD'],
    ['subject_bleu', 'non-inferiority', 'points'],
    ['subject_rouge_l', 'non-inferiority', ''],
    ['general_perplexity', 'at-most', ''],
    // Differences of perplexity are of its logarithm.
    ['general_perplexity', 'non-inferiority', 'nats'],
    ['validation_bits_per_byte', 'superiority', 'bits'],
    ['no_such_metric', 'at-most', ''],
  ] as const)('%s, %s: "%s"', (metric, test, expected) => expect(unit(metric, test)).toBe(expected));

  it('stands behind the figure, in the singular behind 1', () => {
    expect(quantity(616.4, 'ms')).toBe('616 ms');
    expect(quantity(1, 'points')).toBe('1 point');
    expect(quantity(1, 'ms')).toBe('1 ms');
    expect(quantity(0.951, '')).toBe('0.951');
  });
});

describe('a figure', () => {
  it.each([
    // From 100 on whole, from 10 on one decimal, from 1 on two.
    [616.4, '616'],
    [100, '100'],
    [100.4, '100'],
    [99.96, '100'],
    [12.34, '12.3'],
    [10.04, '10'],
    [9.876, '9.88'],
    [1.004, '1'],
    [0.9514, '0.951'],
    [0.05, '0.05'],
    // What three decimals would call nothing has two digits of its own.
    [0.0005, '0.001'],
    [0.00049, '0.00049'],
    [0.0000123, '0.000012'],
    [0, '0'],
    [-0, '0'],
    [Infinity, '∞'],
    [-Infinity, '−∞'],
    [NaN, 'unknown'],
  ])('%d is %s', (value, text) => expect(figure(value)).toBe(text));

  it.each([
    [-1, '−1'],
    [-0.05, '−0.05'],
    [-0.0004, '−0.00040'],
    [-616.4, '−616'],
  ])('%d has a true minus sign: %s', (value, text) => expect(figure(value)).toBe(text));
});
