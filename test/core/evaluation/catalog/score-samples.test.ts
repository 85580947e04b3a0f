import {describe, expect, it} from 'vitest';
import {metricCatalog} from '../../../../core/evaluation/catalog/catalog.ts';
import {estimateOf} from '../../../../core/evaluation/gates/decide.ts';
import {corpusBleu} from '../../../../core/evaluation/metrics/bleu.ts';
import {corpusChrf} from '../../../../core/evaluation/metrics/chrf.ts';
import {scoreSamples} from '../../../../core/evaluation/catalog/score-samples.ts';
import type {Sample} from '../../../../schemas/report.ts';

const outputs = [' The quick brown dog jumps over the lazy fox.', ' chi squared and prob strategies', ''];
const references = [
  'The quick brown fox jumps over the lazy dog.',
  '[Spambayes] Re: chi-squared versus "prob" strategies',
  'Meeting on Monday',
];
const catalog = metricCatalog({subject: {kind: 'generation'}}, 0.05);
const unscored: Sample[] = outputs.map((output, i) => ({
  release: '0'.repeat(64),
  task: 'subject',
  item: `row-${i}`,
  cluster: `c${i}`,
  slices: [],
  expected: references[i]!,
  output,
  scores: {pii_leak: 1},
  promptTokens: 1,
  completionTokens: 1,
  error: null,
}));
const samples = scoreSamples(catalog, unscored);
const value = (name: string): number => {
  const metric = catalog.get(name)!;
  return estimateOf(
    metric.measure,
    samples.flatMap((sample) => metric.observe(sample) ?? []),
  )!.value;
};

describe('scores of written text become figures', () => {
  it('corpus BLEU and chrF out of the counts of the samples', () => {
    const texts = outputs.map((output) => output.trim());
    expect(value('subject_bleu')).toBeCloseTo(corpusBleu(texts, references), 10);
    expect(value('subject_chrf')).toBeCloseTo(corpusChrf(texts, references), 10);
  });
  it('ROUGE-L as a mean', () => {
    expect(value('subject_rouge_l')).toBeCloseTo((0.7777777777777778 + 2 / 3 + 0) / 3, 10);
  });
  it('what was read from the answer itself is kept, and other tasks and failed items get no score', () => {
    expect(samples[0]!.scores['pii_leak']).toBe(1);
    const [other, failed] = scoreSamples(catalog, [
      {...unscored[0]!, task: 'triage'},
      {...unscored[0]!, error: 'no answer'},
    ]);
    expect([other!.scores, failed!.scores]).toEqual([{pii_leak: 1}, {pii_leak: 1}]);
  });
  it('an empty answer is a 0, not an error', () => {
    expect(samples[2]!.scores).toMatchObject({rouge_l: 0, exact_match: 0, token_f1: 0, bleu_reference: 3});
  });
});
