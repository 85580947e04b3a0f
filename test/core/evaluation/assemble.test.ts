import {describe, expect, it} from 'vitest';
import {assemble} from '../../../core/evaluation/assemble.ts';
import {metricCatalog} from '../../../core/evaluation/catalog/catalog.ts';
import {GateSpec} from '../../../schemas/report.ts';
import {exampleView, GATES} from './report/example-view.ts';

const view = exampleView();
const {candidate, stable} = view.samples;
const measured = (part: Partial<Parameters<typeof assemble>[0]> = {}) =>
  assemble({
    catalog: view.catalog,
    gates: GATES,
    occasion: 'first',
    maxErrorShare: 0.02,
    samples: {candidate, stable, base: stable},
    baselines: {},
    unmeasured: {},
    ...part,
  });

describe('findings out of samples', () => {
  it('the metrics by the names that the demo and gates use', () => {
    const {metrics} = measured();
    for (const name of [
      'triage_balanced_accuracy',
      'triage_recall_spam',
      'subject_rouge_l',
      'subject_bleu',
      'validation_perplexity',
      'general_perplexity',
      'pii_leak_rate',
      'injection_rate',
      'jailbreak_rate',
      'latency_p50_ms',
      'cost_per_1k',
    ]) {
      expect(metrics.candidate[name], name).toMatchObject({n: expect.any(Number)});
    }
    expect(metrics.base.triage_balanced_accuracy!.value).toBe(0.5);
    expect(metrics.stable).toEqual(metrics.base);
  });

  it('the stable release as its own candidate: no superiority gate passes, the verdict is not pass', () => {
    const {gates, verdict} = measured({samples: {candidate: stable, stable, base: stable}});
    for (const gate of gates) if (gate.spec.test === 'superiority') expect(gate.verdict).not.toBe('pass');
    expect(verdict).not.toBe('pass');
  });

  it('gates of the other occasion are left out', () => {
    const gates = [GateSpec.parse({metric: 'triage_accuracy', test: 'superiority', when: 'retrain'})];
    expect(measured({gates}).gates).toEqual([]);
    expect(measured({gates}).verdict).toBe('inconclusive');
    expect(measured({gates, occasion: 'retrain'}).gates).toHaveLength(1);
  });

  it('a metric that does not exist is inconclusive and names its neighbours', () => {
    const [gate] = measured({gates: [GateSpec.parse({metric: 'triage_acuracy', test: 'superiority'})]}).gates;
    expect(gate!.verdict).toBe('inconclusive');
    expect(gate!.reason).toContain('triage_balanced_accuracy, triage_accuracy');
  });

  it('a slice that no item is in is inconclusive', () => {
    const spec = GateSpec.parse({
      metric: 'triage_balanced_accuracy',
      test: 'superiority',
      slice: 'new_batch',
    });
    expect(measured({gates: [spec]}).gates[0]).toMatchObject({
      verdict: 'inconclusive',
      reason: 'not measured: no item in slice new_batch',
    });
  });

  it('errors are counted and never scored 0', () => {
    const broken = candidate.map((sample, i) => (i < 4 ? {...sample, scores: {}, error: 'lost'} : sample));
    const {errors, metrics} = measured({samples: {candidate: broken, stable, base: stable}});
    expect(errors).toBe(4);
    expect(metrics.candidate.triage_accuracy!.n).toBe(296);
  });

  it('balanced accuracy of a slice without spam is not shown, nor gated; plain accuracy is', () => {
    const only = candidate.map((sample) =>
      sample.task === 'triage' && sample.expected === 'ham' ? {...sample, slices: ['new_batch']} : sample,
    );
    const gate = {metric: 'triage_balanced_accuracy', test: 'at-least', limit: 0.5, slice: 'new_batch'};
    const {slices, gates} = measured({
      gates: [GateSpec.parse(gate)],
      samples: {candidate: only, stable, base: stable},
    });
    expect(Object.keys(slices.new_batch!)).toEqual(['triage_accuracy']);
    expect(gates[0]).toMatchObject({
      verdict: 'inconclusive',
      reason: 'no item of spam in slice new_batch',
    });
  });

  it('without a price every answer costs 0, and is known to', () => {
    const catalog = metricCatalog({triage: {kind: 'classification', labels: ['spam', 'ham']}}, 0);
    const gates = [GateSpec.parse({metric: 'cost_per_1k', test: 'at-most', limit: 1})];
    const free = measured({catalog, gates});
    expect(free.metrics.candidate.cost_per_1k).toMatchObject({value: 0, low: 0, high: 0});
    expect(free.gates[0]).toMatchObject({verdict: 'pass', bound: 0});
  });

  it('slices show the figures of their items', () => {
    const {slices} = measured();
    expect(slices['new-thread']!.triage_accuracy!.n).toBe(100);
    expect(slices['new-thread']!.subject_rouge_l!.n).toBe(40);
  });
});
