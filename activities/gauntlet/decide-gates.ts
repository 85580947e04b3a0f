import {assemble, type Findings, type Measured} from '../../core/evaluation/assemble.ts';
import {metricCatalog} from '../../core/evaluation/catalog/catalog.ts';
import type {MeasuredSample, TaskShape} from '../../core/evaluation/catalog/metric.ts';
import {scoreSamples} from '../../core/evaluation/catalog/score-samples.ts';

import type {CustomMetrics} from '../../schemas/custom-metric.ts';

type Samples = Measured['samples'];

/** Scores, metrics and gates out of plain data, for a thread: a catalog holds functions, which cannot be sent to one. */
export function decideGates({
  tasks,
  price,
  dearest,
  custom,
  samples: unscored,
  baselines,
  ...measured
}: Omit<Measured, 'catalog'> & {
  readonly tasks: Readonly<Record<string, TaskShape>>;
  /** Of an hour of the engine. */
  readonly price: number;
  /** Of a vendor's dearest answer. */
  readonly dearest: number;
  /** The project's own metrics, whose values stand in the samples already. */
  readonly custom: CustomMetrics;
}): {readonly findings: Findings; readonly samples: Samples} {
  const catalog = metricCatalog(tasks, price, custom, dearest);
  const score = (all: readonly MeasuredSample[]): MeasuredSample[] => scoreSamples(catalog, all);
  const {candidate, stable, base, anchor} = unscored;
  const samples: Samples = {
    candidate: score(candidate),
    stable: score(stable),
    base: score(base),
    anchor: anchor ? score(anchor) : null,
  };
  const peers = Object.fromEntries(Object.entries(baselines).map(([name, all]) => [name, score(all)]));
  return {findings: assemble({...measured, samples, baselines: peers, catalog}), samples};
}
