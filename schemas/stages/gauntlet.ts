import {GauntletResult} from '../report.ts';
import type {ResolvedProject} from '../resolved-project.ts';
import {defineStage} from './define-stage.ts';
import {engineKind} from './engine-kind.ts';
import {without} from './without.ts';

/** Candidate against stable: a report whose every sample is kept, and a verdict. */
export const gauntlet = defineStage({
  name: 'gauntlet',
  version: 5,
  result: GauntletResult,
  inputs: ['release', 'stable', 'base', 'dataset', 'reason?', 'policy?'],
  unit: 'answers',
  settings: ({config, base, metrics}) => ({
    base,
    tasks: Object.fromEntries(
      Object.entries(config.tasks).map(([name, task]) => [name, without(task, 'train', 'label_aliases')]),
    ),
    gauntlet: config.gauntlet,
    /** What latency and cost go by. */
    engine: {kind: engineKind(config), threads: config.engine.threads},
    prices: config.prices,
    energy: config.energy,
    ...modelPrices(config),
    /** The code of the project's own metrics. */
    metrics: metrics ?? {},
    /** Stands in the report. */
    description: config.description,
  }),
  operation: ({config}) => ({
    engine: config.engine,
    baseModel: config.base_model,
    models: config.models,
    prices: config.prices,
    energy: config.energy,
    budget: config.budget,
  }),
  artifacts: ({report, html, markdown, modelCard}) => [report, html, markdown, modelCard],
});

/** What an answer of a vendor's model costs goes by these; nothing of a project without. */
function modelPrices({models}: ResolvedProject['config']) {
  const named = Object.entries(models).flatMap(([name, {prices}]) =>
    prices ? [[name, prices] as const] : [],
  );
  return named.length === 0 ? {} : {modelPrices: Object.fromEntries(named)};
}
