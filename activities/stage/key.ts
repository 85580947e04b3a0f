import {digestOf} from '../../core/identity/digest.ts';
import type {ProjectConfig, Task} from '../../schemas/project.ts';
import type {ResolvedProject, StageRequest} from '../../schemas/stage.ts';
import {OPERATIONAL_TRAINING, type TrainingConfig} from '../../schemas/training.ts';

/**
 * The part of a project's settings that a stage's output depends on: one value changed → exactly its stages run again.
 * What is only operational (concurrency, shard sizes, ports, time-outs) is in none of them.
 */
export function stageConfig(stage: StageRequest['stage'], {config, base, date}: ResolvedProject): unknown {
  const tasks = Object.fromEntries(
    Object.entries(config.tasks).map(([name, task]) => [name, promptPart(task)]),
  );
  switch (stage) {
    case 'curate': {
      const {shard_records: _shards, ...curation} = config.curation;
      return {
        curation,
        newGolden: config.retrain.golden,
        input: config.input,
        labels: config.sources.map(({name, label, fields, format, limit}) => ({
          name,
          label,
          fields,
          format,
          limit,
        })),
      };
    }
    case 'train':
    case 'sweep':
      return {
        base,
        training: weightsPart(config.training),
        tasks: Object.fromEntries(
          Object.entries(config.tasks).map(([name, task]) => [name, renderedPart(task)]),
        ),
        mix: Object.fromEntries(Object.entries(config.tasks).map(([n, t]) => [n, t.train])),
        warmStart: config.warm_start,
        ...(date === undefined ? {} : {date}),
        engine: engineKind(config),
      };
    case 'gauntlet':
      return {
        base,
        tasks,
        golden: Object.fromEntries(Object.entries(config.tasks).map(([n, t]) => [n, t.golden_rows])),
        gauntlet: config.gauntlet,
        prices: {currency: config.prices.currency, cpu_hour: config.prices.cpu_hour},
        engine: enginePart(config),
      };
    case 'replay':
      return {
        replay: config.replay?.sources,
        monitor: config.monitor,
      };
  }
}

/** What weights depend on; not how often they are saved. */
function weightsPart(training: TrainingConfig): unknown {
  const names: readonly string[] = OPERATIONAL_TRAINING;
  return Object.fromEntries(Object.entries(training).filter(([name]) => !names.includes(name)));
}

/** What the model is asked, without how many rows it is trained or judged on. */
function promptPart(task: Pick<Task, 'train' | 'golden_rows'>): unknown {
  const {train: _train, golden_rows: _golden, ...prompt} = task;
  return prompt;
}

/** What a task's prompts and completions are made of; how an answer is drawn and where it ends only matters when asking. */
function renderedPart(task: Task): unknown {
  const {temperature: _temperature, stop: _stop, ...rendered} = task;
  return promptPart(rendered);
}

/** Whose tokens a row is trained with: the engine that will serve it puts its own in front of a prompt. */
export function engineKind({engine}: Pick<ProjectConfig, 'engine'>): 'llama.cpp' | 'vllm' {
  return engine.target === 'embedded' ? 'llama.cpp' : 'vllm';
}

/** What latency and cost go by: the kind of engine and its threads, not where it listens. */
export function enginePart({engine}: Pick<ProjectConfig, 'engine'>): unknown {
  return {kind: engine.target === 'embedded' ? 'embedded' : 'vllm', threads: engine.threads};
}

/** A stage's key: sha256(stage, its code version, its part of the settings, row key, digests of its inputs). */
export function stageKey(request: StageRequest, resolved: ResolvedProject, code: string): string {
  return digestOf({
    stage: request.stage,
    project: request.project,
    code,
    config: digestOf(stageConfig(request.stage, resolved)),
    rowKey: request.keyFingerprint,
    inputs: request.inputs,
  });
}
