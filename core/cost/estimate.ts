import type {SpendDocument, Spent} from '../../schemas/cost.ts';
import type {TrainingConfig} from '../../schemas/training.ts';
import {NOTHING} from './spent.ts';

export interface Estimated {
  readonly spent: Spent;
  readonly basis: string;
  readonly rough: boolean;
}

/** On what a training is to run; only trainings on the same are compared. */
export interface TrainingPlace {
  readonly base: string;
  readonly cpu: string;
}

/**
 * CPU seconds that a row of the default base model takes a step, and its load: SmolLM2-135M on two AVX-512 cores, 3.69 CPU
 * seconds a step of 8 rows (docs/bench.md). Only where nothing was measured.
 */
export const ROUGH = {cpuSecondsPerRow: 3.69 / 8, loadCpuSeconds: 20} as const;

/** Optimizer steps of a training, as trainer/ratchet_trainer/schedule.py counts them; early stopping may end it before. */
export function trainingSteps(training: TrainingConfig, rows: number, devices = 1): number {
  const perStep = rowsPerStep(training, devices);
  return training.max_steps ?? Math.max(1, Math.ceil(training.num_epochs * Math.ceil(rows / perStep)));
}

export function rowsPerStep(training: TrainingConfig, devices = 1): number {
  return training.micro_batch_size * training.gradient_accumulation_steps * devices;
}

/**
 * Steps × measured seconds: what former trainings of this base on this processor took a row (evaluation and export within)
 * and to load, each training weighing as many rows as it went through.
 */
export function estimateTraining(
  former: readonly SpendDocument[],
  {steps, perStep, place}: {readonly steps: number; readonly perStep: number; readonly place: TrainingPlace},
): Estimated {
  const rows = steps * perStep;
  const like = former.filter(
    ({training, rows: [row]}) =>
      training?.base === place.base && training.cpu === place.cpu && (row?.spent.units ?? 0) > 0,
  );
  if (like.length === 0) {
    const spent = {
      ...NOTHING,
      cpuSeconds: ROUGH.loadCpuSeconds + rows * ROUGH.cpuSecondsPerRow,
      units: rows,
    };
    const basis = `${steps} steps of ${perStep} rows; no former training of this base model on this kind of machine: the estimate is rough`;
    return {spent, basis, rough: true};
  }
  let [cpu, gpu, known, loadCpu, loadGpu] = [0, 0, 0, 0, 0];
  for (const {training, rows: all} of like) {
    const {load} = training!;
    for (const {spent} of all) {
      cpu += spent.cpuSeconds;
      gpu += spent.gpuSeconds;
      known += spent.units;
    }
    cpu -= load.cpuSeconds;
    gpu -= load.gpuSeconds;
    loadCpu += load.cpuSeconds / like.length;
    loadGpu += load.gpuSeconds / like.length;
  }
  const spent = {
    ...NOTHING,
    cpuSeconds: loadCpu + (Math.max(0, cpu) / known) * rows,
    gpuSeconds: loadGpu + (Math.max(0, gpu) / known) * rows,
    units: rows,
  };
  const a = (seconds: number): string => `${((seconds / known) * perStep).toPrecision(3)}`;
  const basis = `${steps} steps × ${a(cpu)} CPU s${gpu > 0 ? ` and ${a(gpu)} GPU s` : ''}, as measured in ${like.length} former training process${like.length === 1 ? '' : 'es'} of this base model on this kind of machine`;
  return {spent, basis, rough: false};
}

/** Answers × what former gauntlets of this project took an answer, worker and engine together. */
export function estimateAnswers(former: readonly SpendDocument[], answers: number): Estimated {
  const all = former.flatMap(({rows}) => rows.filter(({stage}) => stage === 'gauntlet'));
  const known = all.reduce((sum, {spent}) => sum + spent.units, 0);
  if (known === 0) {
    const basis = `${answers} answers; no former gauntlet of this project: the estimate is rough`;
    return {spent: {...NOTHING, cpuSeconds: answers, units: answers}, basis, rough: true};
  }
  const each = (part: keyof Spent): number =>
    (all.reduce((sum, {spent}) => sum + spent[part], 0) / known) * answers;
  const spent = {
    ...NOTHING,
    cpuSeconds: each('cpuSeconds'),
    gpuSeconds: each('gpuSeconds'),
    promptTokens: Math.round(each('promptTokens')),
    completionTokens: Math.round(each('completionTokens')),
    units: answers,
  };
  return {
    spent,
    basis: `${answers} answers, as measured on ${known} answers of former gauntlets`,
    rough: false,
  };
}
