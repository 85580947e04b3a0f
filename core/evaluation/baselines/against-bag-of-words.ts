import type {BaselineComparison} from '../../../schemas/report.ts';
import type {MeasuredSample, Metric} from '../catalog/metric.ts';
import {decideGate, type DecideOptions} from '../gates/decide.ts';

/**
 * Whether the candidate is better than bag of words, by each headline metric that bag of words has: the test of a superiority
 * gate without a margin, with bag of words in stable's place. A model that costs a thousand times as much has to show that it is
 * better: where neither is shown to be, the verdict is `inconclusive`.
 */
export function againstBagOfWords(
  catalog: ReadonlyMap<string, Metric>,
  candidate: readonly MeasuredSample[],
  bagOfWords: readonly MeasuredSample[],
  options: DecideOptions & {
    /** By task: mean time of an answer of bag of words. */
    readonly milliseconds?: Readonly<Record<string, number>>;
  },
): BaselineComparison[] {
  const tasks = new Set(bagOfWords.map(({task}) => task));
  const metrics = [...catalog.values()].filter(({of, headline}) => headline && tasks.has(of));
  return metrics.map((metric) => {
    const {name, of, measure} = metric;
    const {verdict, reason, difference, ...figures} = decideGate(
      {metric: name, test: 'superiority', margin: 0, when: 'always', required: false},
      {
        status: 'measured',
        measure,
        candidate: candidate.flatMap((sample) => metric.observe(sample) ?? []),
        stable: bagOfWords.flatMap((sample) => metric.observe(sample) ?? []),
      },
      options,
    );
    const {candidate: ours, stable: theirs} = figures;
    const milliseconds = timesOf(of, candidate, options.milliseconds?.[of]);
    return {
      metric: name,
      verdict,
      candidate: ours,
      baseline: theirs,
      difference,
      reason,
      ...(milliseconds === null ? {} : {milliseconds}),
    };
  });
}

function timesOf(
  task: string,
  samples: readonly MeasuredSample[],
  baseline: number | undefined,
): BaselineComparison['milliseconds'] | null {
  const times = samples.flatMap((sample) =>
    sample.task === task && sample.error === null && sample.latencyMs !== undefined ? [sample.latencyMs] : [],
  );
  if (baseline === undefined || times.length === 0) return null;
  return {candidate: times.reduce((sum, ms) => sum + ms, 0) / times.length, baseline};
}
