import type {ArtifactRef} from '../artifact.ts';
import type {Task} from '../project.ts';
import type {ResolvedProject} from '../resolved-project.ts';
import {baseOf} from '../task-models.ts';
import {tasksOfBase} from '../task-models.ts';
import {OPERATIONAL_TRAINING, TRACKING, trainingConfigOf, TrainingResult} from '../training.ts';
import {defineStage} from './define-stage.ts';
import {engineKind} from './engine-kind.ts';
import {only, without} from './without.ts';

/** What weights depend on: for a training, and for a sweep of several. */
export function trainingSettings(project: ResolvedProject) {
  const {config, date} = project;
  return {
    base: baseOf(project),
    training: without(trainingConfigOf(config), ...OPERATIONAL_TRAINING),
    tasks: Object.fromEntries(
      Object.entries(tasksOfBase(config.tasks)).map(([name, task]) => [name, asTrained(task)]),
    ),
    warmStart: config.warm_start,
    engine: engineKind(config),
    ...(date === undefined ? {} : {date}),
  };
}

/**
 * How an answer is drawn and where it ends matters only when asking; how many rows are judged, and by what, only to the gauntlet;
 * how rows spell a label, only to curation.
 */
function asTrained(task: Task): Task {
  return {
    ...without(task, 'golden_rows', 'json_fields', 'label_aliases', 'model', 'fallback'),
    temperature: 0,
    stop: [],
  };
}

export function trainingOperation({config}: ResolvedProject) {
  const training = trainingConfigOf(config);
  return {
    /** Where the base's weights are looked for; `base` in the settings says which they must be. */
    baseModel: config.base_model,
    /** How often weights are saved, and where figures go beside the ledger and the store. */
    saves: only(training, 'save_steps', 'saves_per_epoch', 'save_minutes'),
    tracking: only(training, ...TRACKING),
    engine: config.engine,
    prices: config.prices,
    energy: config.energy,
    budget: config.budget,
  };
}

export function trainingArtifacts({adapter, events, scores, merged, sweep}: TrainingResult): ArtifactRef[] {
  const {safetensors, gguf, config} = adapter;
  return [
    safetensors,
    config,
    events,
    scores,
    ...(gguf ? [gguf] : []),
    ...Object.values(merged ?? {}),
    ...(sweep ? [sweep] : []),
  ];
}

/** Dataset version → a LoRA adapter. */
export const train = defineStage({
  name: 'train',
  version: 1,
  result: TrainingResult,
  inputs: ['dataset', 'init?'],
  unit: 'rows',
  settings: trainingSettings,
  operation: trainingOperation,
  artifacts: trainingArtifacts,
});
