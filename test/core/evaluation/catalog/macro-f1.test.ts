import {describe, expect, it} from 'vitest';
import {macroF1} from '../../../../core/evaluation/catalog/macro-f1.ts';
import {scoreSamples} from '../../../../core/evaluation/catalog/score-samples.ts';
import type {MeasuredSample} from '../../../../core/evaluation/catalog/metric.ts';
import {estimateOf} from '../../../../core/evaluation/gates/decide.ts';

const LABELS = ['a', 'b', 'c'];
const metric = macroF1('triage', LABELS);
const catalog = new Map([[metric.name, metric]]);

/** `ab`: an item of a that was answered with b. */
function figure(...items: readonly string[]) {
  const samples = items.map(([expected, output], i): MeasuredSample => ({
    release: 'r',
    task: 'triage',
    item: `${i}`,
    cluster: `${i}`,
    slices: [],
    scores: {},
    expected: expected!,
    output: output!,
    promptTokens: 1,
    completionTokens: 1,
    error: null,
  }));
  return estimateOf(
    metric.measure,
    scoreSamples(catalog, samples).flatMap((sample) => metric.observe(sample) ?? []),
  );
}

// Values of scikit-learn 1.7: f1_score(expected, output, average='macro').
describe('macro F1', () => {
  it('is the mean of the labels’ F1', () => {
    expect(figure('aa', 'ab', 'bb', 'bb', 'ca')!.value).toBeCloseTo(0.43333333333333335, 12);
    expect(figure('aa', 'aa', 'aa', 'ba', 'bb', 'cc', 'cb')!.value).toBeCloseTo(0.6746031746031745, 12);
    expect(figure('aa', 'bb', 'cc', 'cc')!.value).toBe(1);
    expect(figure('ab', 'bc', 'ca')!.value).toBe(0);
  });
  it('sees answers that claim a label without being of it, where balanced accuracy does not', () => {
    const careful = figure('aa', 'bb', 'cc', 'cc')!.value;
    const eager = figure('aa', 'bb', 'ca', 'ca', 'cc', 'cc', 'cc', 'cc')!.value;
    expect(eager).toBeLessThan(careful);
  });
  it('has no figure without items of every label', () => {
    expect(figure('aa', 'bb')).toBeNull();
  });
});
