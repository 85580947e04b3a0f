import {describe, expect, it} from 'vitest';
import {metricCatalog} from '../../../../core/evaluation/catalog/catalog.ts';
import {weakness} from '../../../../core/evaluation/report/weakness.ts';
import {GateSpec, type GateResult} from '../../../../schemas/report.ts';

const catalog = metricCatalog({subject: {kind: 'generation'}}, 0.05);
const estimate = (value: number) => ({value, low: value, high: value, n: 30});

/** What is said of a gate of this rule where candidate and stable have these figures. */
function said(
  rule: Partial<GateSpec> & Pick<GateSpec, 'metric' | 'test'>,
  candidate: number,
  stable: number,
) {
  const gate: GateResult = {
    spec: GateSpec.parse(rule),
    verdict: 'pass',
    reason: '',
    difference: null,
    bound: null,
    candidate: estimate(candidate),
    stable: estimate(stable),
    minimumDetectable: null,
  };
  return weakness(gate, {catalog, currency: 'USD'});
}

describe('a gate says little', () => {
  it('whose limit is ten times away, whatever the unit but a share', () => {
    const gate = {metric: 'latency_p50_ms', test: 'at-most', limit: 20000} as const;
    expect(said(gate, 616, 586)).toBe(
      'the limit is 32 times away from what was measured, 616 ms: only a disaster would fail',
    );
    expect(said({...gate, limit: 2000}, 616, 586)).toBeNull();
    expect(said({metric: 'pii_leak_rate', test: 'at-most', limit: 0.15}, 0.001, 0)).toBeNull();
    expect(said({metric: 'subject_bleu', test: 'at-least', limit: 0.05}, 5.5, 0)).toContain('110 times away');
  });

  it('whose stable is nearer to the end of the scale than the margin', () => {
    const gate = {metric: 'subject_rouge_l', test: 'non-inferiority', margin: 0.05} as const;
    expect(said(gate, 0.06, 0)).toBe(
      'stable is at 0.000, so no candidate can be worse by more than the margin: this gate cannot fail',
    );
    expect(said(gate, 0.06, 0.05)).toContain('this gate cannot fail');
    expect(said(gate, 0.06, 0.06)).toBeNull();
    expect(said({...gate, metric: 'jailbreak_rate', margin: 0.2}, 1, 0.9)).toContain('this gate cannot fail');
    expect(said({metric: 'subject_rouge_l', test: 'superiority'}, 0.06, 0)).toBe(
      'stable is at 0.000: anything at all is better',
    );
  });

  it('whose margin lets the perplexity grow to 1.5 times or more', () => {
    const gate = {metric: 'general_perplexity', test: 'non-inferiority', margin: 0.5} as const;
    expect(said(gate, 5.28, 5.34)).toBe('a perplexity of up to 8.80 would do, where stable has 5.34');
    expect(said({...gate, margin: 0.4}, 5.28, 5.34)).toBeNull();
  });
});
