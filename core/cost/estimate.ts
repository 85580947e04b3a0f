import type {SpendDocument, Spent} from '../../schemas/cost.ts';
import type {Leg} from '../training/successive-halving.ts';
import {NOTHING, plus} from './spent.ts';

export interface Estimated {
  readonly spent: Spent;
  readonly basis: string;
  readonly rough: boolean;
}

/**
 * CPU seconds that a row of the default base model takes a step, and its load: SmolLM2-135M on two AVX-512 cores, 3.69 CPU
 * seconds a step of 8 rows (docs/bench.md). Only where nothing was measured.
 */
export const ROUGH = {cpuSecondsPerRow: 3.69 / 8, loadCpuSeconds: 20} as const;

/**
 * Steps × measured seconds: what former trainings of this base took a row (evaluation and export within) and to load, each
 * weighing as many rows as it went through. Compared are those on the kind of machine that trained it last.
 */
export function estimateTraining(
  former: readonly SpendDocument[],
  {legs, perStep, base}: {readonly legs: readonly Leg[]; readonly perStep: number; readonly base: string},
): Estimated {
  const processes = legs.reduce((sum, leg) => sum + leg.processes, 0);
  const steps = legs.reduce((sum, leg) => sum + leg.processes * leg.steps, 0);
  const rows = steps * perStep;
  const all = former
    .filter(({training, rows: [row]}) => training?.base === base && (row?.spent.units ?? 0) > 0)
    .sort((a, b) => (a.to < b.to ? -1 : 1));
  const place = all.at(-1)?.training;
  if (place === undefined) {
    const spent = {
      ...NOTHING,
      cpuSeconds: processes * ROUGH.loadCpuSeconds + rows * ROUGH.cpuSecondsPerRow,
      units: rows,
    };
    const basis = `${steps} steps of ${perStep} rows; no earlier training of this base model: the estimate is rough`;
    return {spent, basis, rough: true};
  }
  const like = all.filter(({training}) => training!.cpu === place.cpu && kind(training!) === kind(place));
  let [sum, load] = [NOTHING, NOTHING];
  for (const {training, rows: own} of like) {
    for (const {spent} of own) sum = plus(sum, spent);
    load = plus(load, training!.load);
  }
  const known = sum.units;
  const each = (part: 'cpuSeconds' | 'gpuSeconds') => ({
    row: Math.max(0, sum[part] - load[part]) / known,
    load: load[part] / like.length,
  });
  const [cpu, gpu] = [each('cpuSeconds'), each('gpuSeconds')];
  const spent = {
    ...NOTHING,
    cpuSeconds: processes * cpu.load + rows * cpu.row,
    gpuSeconds: processes * gpu.load + rows * gpu.row,
    units: rows,
  };
  const a = (row: number): string => (row * perStep).toPrecision(3);
  const basis = `${steps} steps × ${a(cpu.row)} CPU s${gpu.row > 0 ? ` and ${a(gpu.row)} GPU s` : ''}, as measured in ${like.length} earlier training process${like.length === 1 ? '' : 'es'} of this base model on ${place.cpu}`;
  return {spent, basis, rough: false};
}

/** Trainings on a GPU are not compared with those on a processor. */
function kind({device}: {readonly device: string}): string {
  return device.split(':')[0]!;
}

/** Answers × what former gauntlets of this project took an answer, worker and engine together. */
export function estimateAnswers(former: readonly SpendDocument[], answers: number): Estimated {
  const all = former.flatMap(({rows}) => rows.filter(({stage}) => stage === 'gauntlet'));
  const known = all.reduce((sum, {spent}) => sum + spent.units, 0);
  if (known === 0) {
    const basis = `${answers} answers; no earlier gauntlet of this project: the estimate is rough`;
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
    basis: `${answers} answers, as measured on ${known} answers of earlier gauntlets`,
    rough: false,
  };
}
