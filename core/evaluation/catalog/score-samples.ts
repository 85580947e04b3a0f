import type {MeasuredSample, Metric} from './metric.ts';

/**
 * The samples with everything that can be computed from them. What stands in the sample already is kept: it was read from the
 * answer itself, before personal data was replaced.
 */
export function scoreSamples(
  catalog: ReadonlyMap<string, Metric>,
  samples: readonly MeasuredSample[],
): MeasuredSample[] {
  const scoring = [...catalog.values()].filter((metric) => metric.score !== undefined);
  return samples.map((sample) => {
    const computed = scoring.map((metric) => metric.score!(sample)).filter((scores) => scores !== null);
    return {...sample, scores: Object.assign({}, ...computed, sample.scores) as Record<string, number>};
  });
}
