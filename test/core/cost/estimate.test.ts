import {describe, expect, it} from 'vitest';
import {estimateAnswers, estimateTraining} from '../../../core/cost/estimate.ts';
import {trainingSteps} from '../../../core/training/steps.ts';
import {NOTHING} from '../../../core/cost/spent.ts';
import type {SpendDocument, Spent} from '../../../schemas/cost.ts';
import {TrainingConfig} from '../../../schemas/training.ts';

const base = 'b'.repeat(64);
const row = (stage: string, spent: Partial<Spent>) => ({
  stage,
  what: 'trainer',
  workflow: 'train/mail/0',
  run: null,
  spent: {...NOTHING, ...spent},
});
const trained = (spent: Partial<Spent>, load: number, cpu = 'EPYC', to = '1'): SpendDocument => ({
  v: 1,
  project: 'mail',
  source: 'trainer',
  day: '2026-11-26',
  from: '',
  to,
  training: {base, device: 'cpu', cpu, load: {cpuSeconds: load, gpuSeconds: 0}},
  rows: [row('train', spent)],
});

describe('steps', () => {
  it('are counted as the trainer counts them', () => {
    const steps = (given: Record<string, unknown>, rows: number) =>
      trainingSteps(TrainingConfig.parse(given), rows);
    expect(steps({micro_batch_size: 8, gradient_accumulation_steps: 2, num_epochs: 3}, 100)).toBe(21);
    expect(steps({max_steps: 64}, 100_000)).toBe(64);
    expect(steps({num_epochs: 0.1}, 8)).toBe(1);
  });
});

describe('a training', () => {
  it('takes what former ones took a row, and to load', () => {
    // 100 rows in 50 − 10 CPU s, 300 rows in 130 − 10: 160 s for 400 rows, 0.4 s a row.
    const former = [trained({cpuSeconds: 50, units: 100}, 10), trained({cpuSeconds: 130, units: 300}, 10)];
    const {spent, rough, basis} = estimateTraining(former, {
      legs: [{processes: 1, steps: 20}],
      perStep: 8,
      base,
    });
    expect(spent).toMatchObject({cpuSeconds: 10 + 0.4 * 160, gpuSeconds: 0, units: 160});
    expect(rough).toBe(false);
    expect(basis).toBe(
      '20 steps × 3.20 CPU s, as measured in 2 earlier training processes of this base model on EPYC',
    );
  });

  it('is compared with those on the machine that trained last', () => {
    const former = [
      trained({cpuSeconds: 50, units: 100}, 10, 'old', '1'),
      trained({cpuSeconds: 20, units: 100}, 10, 'new', '2'),
    ];
    const {spent, basis} = estimateTraining(former, {legs: [{processes: 1, steps: 20}], perStep: 8, base});
    expect(spent.cpuSeconds).toBeCloseTo(10 + 0.1 * 160, 9);
    expect(basis).toContain('in 1 earlier training process of this base model on new');
  });

  it('of a base that was never trained says that the estimate is rough', () => {
    const former = [trained({cpuSeconds: 50, units: 100}, 10)];
    const legs = [{processes: 1, steps: 20}];
    const {rough, basis} = estimateTraining(former, {legs, perStep: 8, base: 'c'.repeat(64)});
    expect(rough).toBe(true);
    expect(basis).toContain('no earlier training of this base model: the estimate is rough');
  });

  it('in several processes loads as often', () => {
    const legs = [
      {processes: 6, steps: 1},
      {processes: 2, steps: 2},
    ];
    const {spent} = estimateTraining([trained({cpuSeconds: 50, units: 100}, 10)], {legs, perStep: 8, base});
    expect(spent).toMatchObject({cpuSeconds: 8 * 10 + 0.4 * 80, units: 80});
  });

  it('that is finished takes its load alone', () => {
    const legs = [{processes: 1, steps: 0}];
    const {spent} = estimateTraining([trained({cpuSeconds: 50, units: 100}, 10)], {legs, perStep: 8, base});
    expect(spent).toMatchObject({cpuSeconds: 10, units: 0});
  });
});

it('a gauntlet takes what former answers took, tokens included', () => {
  const former: SpendDocument = {
    v: 1,
    project: 'mail',
    source: 'worker',
    day: '2026-11-26',
    from: '',
    to: '',
    rows: [
      row('gauntlet', {cpuSeconds: 90, promptTokens: 1000, completionTokens: 100, units: 100}),
      row('gauntlet', {cpuSeconds: 10}),
      row('curate', {cpuSeconds: 1000, units: 5}),
    ],
  };
  expect(estimateAnswers([former], 50).spent).toMatchObject({
    cpuSeconds: 50,
    promptTokens: 500,
    completionTokens: 50,
    units: 50,
  });
});
