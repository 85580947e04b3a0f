import {describe, expect, test} from 'vitest';
import {metricCatalog} from '../../../../core/evaluation/catalog/catalog.ts';
import type {MeasuredSample} from '../../../../core/evaluation/catalog/metric.ts';
import {scoreSamples} from '../../../../core/evaluation/catalog/score-samples.ts';
import {estimateOf} from '../../../../core/evaluation/gates/decide.ts';

const catalog = metricCatalog({parse: {kind: 'generation', json_fields: ['city', 'zip']}}, 0);

function figures(...items: readonly (readonly [expected: string, output: string | null])[]) {
  const samples = items.map(([expected, output], i): MeasuredSample => ({
    release: 'r',
    task: 'parse',
    item: `${i}`,
    cluster: `${i}`,
    slices: [],
    scores: {},
    expected,
    output: output ?? '',
    promptTokens: 1,
    completionTokens: 1,
    error: output === null ? 'the engine was away' : null,
  }));
  const scored = scoreSamples(catalog, samples);
  return (name: string) => {
    const metric = catalog.get(`parse_${name}`)!;
    return estimateOf(
      metric.measure,
      scored.flatMap((sample) => metric.observe(sample) ?? []),
    );
  };
}

describe('the metrics of a task that answers with JSON', () => {
  test('are declared before those of text, the share of answers with all fields right first', () => {
    expect([...catalog.keys()].slice(0, 5)).toEqual([
      'parse_fields_exact',
      'parse_json_valid',
      'parse_field_city',
      'parse_field_zip',
      'parse_rouge_1',
    ]);
    expect(catalog.get('parse_fields_exact')).toMatchObject({headline: true, unit: 'share'});
    expect(metricCatalog({parse: {kind: 'generation'}}, 0).has('parse_json_valid')).toBe(false);
  });
  test('count answers, each field for itself and all of them', () => {
    const figure = figures(
      ['{"city":"Erie","zip":"16501"}', '{"city":"Erie","zip":"16501"}'],
      ['{"city":"Erie","zip":"16501"}', '{"city":"Erie","zip":"16502"}'],
      ['{"city":"Erie","zip":"16501"}', 'Erie 16501'],
      ['{"city":"Erie"}', '{"city":"Erie"}'],
    );
    expect(figure('fields_exact')!.value).toBe(0.5);
    expect(figure('json_valid')!.value).toBe(0.75);
    expect(figure('field_city')!.value).toBe(0.75);
    expect(figure('field_zip')!.value).toBe(0.5);
  });
  test('leave out a row whose reference is no JSON object', () => {
    expect(figures(['Erie', '{"city":"Erie"}'], ['{"zip":"1"}', '{"zip":"1"}'])('fields_exact')!.n).toBe(1);
  });
});
