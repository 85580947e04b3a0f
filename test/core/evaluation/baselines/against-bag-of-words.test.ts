import {describe, expect, test} from 'vitest';
import {againstBagOfWords} from '../../../../core/evaluation/baselines/against-bag-of-words.ts';
import {metricCatalog} from '../../../../core/evaluation/catalog/catalog.ts';
import type {MeasuredSample} from '../../../../core/evaluation/catalog/metric.ts';

const catalog = metricCatalog(
  {triage: {kind: 'classification', labels: ['spam', 'ham']}, subject: {kind: 'generation'}},
  0,
);

/** 100 spam and 100 ham, of which the first `wrong` of each are answered wrongly. */
function answers(
  wrong: number,
  {from = 0, latencyMs}: {from?: number; latencyMs?: number} = {},
): MeasuredSample[] {
  return Array.from({length: 200}, (_, i) => {
    const at = i % 100;
    const correct = at >= from && at < from + wrong ? 0 : 1;
    return {
      release: 'r',
      task: 'triage',
      item: `${i}`,
      cluster: `${i}`,
      slices: [],
      expected: i < 100 ? 'spam' : 'ham',
      output: '',
      scores: {correct},
      promptTokens: 1,
      completionTokens: 1,
      error: null,
      ...(latencyMs === undefined ? {} : {latencyMs}),
    };
  });
}
const compare = (candidate: MeasuredSample[], baseline: MeasuredSample[], ms = {}) =>
  againstBagOfWords(catalog, candidate, baseline, {maxErrorShare: 0, milliseconds: ms});

describe('the candidate against bag of words', () => {
  test('is better, worse, or not shown to be either, by the headline metric of the task', () => {
    expect(compare(answers(2), answers(30))).toMatchObject([
      {metric: 'triage_balanced_accuracy', verdict: 'pass'},
    ]);
    expect(compare(answers(30), answers(2))).toMatchObject([{verdict: 'fail'}]);
    expect(compare(answers(4), answers(5, {from: 50}))).toMatchObject([
      {verdict: 'inconclusive', candidate: {value: 0.96}, baseline: {value: 0.95}},
    ]);
    expect(compare(answers(4), answers(4))).toMatchObject([
      {verdict: 'inconclusive', difference: {value: 0}},
    ]);
  });
  test('says both times of an answer where both were measured', () => {
    expect(compare(answers(2, {latencyMs: 200}), answers(2), {triage: 0.05})[0]!.milliseconds).toEqual({
      candidate: 200,
      baseline: 0.05,
    });
    expect(compare(answers(2), answers(2), {triage: 0.05})[0]).not.toHaveProperty('milliseconds');
  });
  test('is of no task that bag of words cannot do', () => {
    expect(compare(answers(2), [])).toEqual([]);
  });
});
