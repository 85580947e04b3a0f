import {describe, expect, it} from 'vitest';
import {estimateAnswers, estimateTraining, trainingSteps} from '../../../core/cost/estimate.ts';
import {NOTHING} from '../../../core/cost/spent.ts';
import type {SpendDocument, Spent} from '../../../schemas/cost.ts';
import {TrainingConfig} from '../../../schemas/training.ts';

const place = {base: 'b'.repeat(64), cpu: 'EPYC'};
const row = (stage: string, spent: Partial<Spent>) => ({
  ...{stage, what: 'trainer', workflow: 'train/mail/0', run: null},
  spent: {...NOTHING, ...spent},
});
const trained = (spent: Partial<Spent>, load: number, cpu = place.cpu): SpendDocument => ({
  ...{v: 1, project: 'mail', source: 'trainer', day: '2026-11-26', from: '', to: ''},
  training: {base: place.base, device: 'cpu', cpu, load: {cpuSeconds: load, gpuSeconds: 0}},
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
    const {spent, rough, basis} = estimateTraining(former, {steps: 20, perStep: 8, place});
    expect(spent).toMatchObject({cpuSeconds: 10 + 0.4 * 160, gpuSeconds: 0, units: 160});
    expect(rough).toBe(false);
    expect(basis).toBe(
      '20 steps × 3.20 CPU s, as measured in 2 former training processes of this base model on this kind of machine',
    );
  });

  it('is not compared with one on another processor: then the estimate says that it is rough', () => {
    const former = [trained({cpuSeconds: 50, units: 100}, 10, 'another')];
    const {rough, basis} = estimateTraining(former, {steps: 20, perStep: 8, place});
    expect(rough).toBe(true);
    expect(basis).toContain('no former training');
    expect(basis).toContain('the estimate is rough');
  });

  it('that is finished takes its load alone', () => {
    const {spent} = estimateTraining([trained({cpuSeconds: 50, units: 100}, 10)], {
      steps: 0,
      perStep: 8,
      place,
    });
    expect(spent).toMatchObject({cpuSeconds: 10, units: 0});
  });
});

it('a gauntlet takes what former answers took, tokens included', () => {
  const former: SpendDocument = {
    ...{v: 1, project: 'mail', source: 'worker', day: '2026-11-26', from: '', to: ''},
    rows: [
      row('gauntlet', {cpuSeconds: 90, promptTokens: 1000, completionTokens: 100, units: 100}),
      row('gauntlet', {cpuSeconds: 10}),
      row('curate', {cpuSeconds: 1000, units: 5}),
    ],
  };
  expect(estimateAnswers([former], 50).spent).toMatchObject({
    ...{cpuSeconds: 50, promptTokens: 500, completionTokens: 50, units: 50},
  });
});
