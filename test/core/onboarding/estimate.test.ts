import {expect, test} from 'vitest';
import {estimateRun} from '../../../core/onboarding/estimate.ts';
import {ProjectConfig} from '../../../schemas/project.ts';

const project = {
  version: 1,
  project: 'post',
  sources: [{name: 'letters', uri: 'file:letters.jsonl', format: 'jsonl'}],
  input: {format: 'record', fields: ['body']},
  tasks: {triage: {kind: 'classification', labels: ['good', 'bad'], inputs: ['body'], prompt: '{{body}}'}},
  training: {micro_batch_size: 2, gradient_accumulation_steps: 4, num_epochs: 1},
  gauntlet: {
    perplexity_rows: 20,
    general_rows: 1,
    probe_rows: 5,
    gates: [{metric: 'triage_balanced_accuracy', test: 'at-least', limit: 0.5}],
  },
  rollout: {steps: [{setWeight: 100}]},
  engine: {processes: 2},
  prices: {cpu_hour: 0.36},
  energy: {cpu_watts: 10, pue: 2, grid_g_per_kwh: 500},
};
const config = ProjectConfig.parse(project);

test('a run by hand', () => {
  const rows = {triage: {train: {good: 60, bad: 20}, validation: 20, golden: 40}};
  // 30 s to start, 80 rows of 150 tokens at 128 s for 480 such rows.
  const trainSeconds = 30 + (128 / 480) * 80;
  // 40 golden and 20 validation rows, 1 general and 4 × 5 probes, to both, 0.3 s + 150 × 2 ms each, by two engines.
  const gauntletSeconds = 81 * 0.6;
  const totalSeconds = trainSeconds + gauntletSeconds + 60;
  const kWh = (((2 * totalSeconds) / 3600) * 10 * 2) / 1000;
  const estimate = estimateRun(config, rows, 150);
  expect(estimate).toMatchObject({trainedRows: 80, steps: 10, gauntletItems: 81});
  expect(estimate.trainSeconds).toBeCloseTo(trainSeconds, 9);
  expect(estimate.gauntletSeconds).toBeCloseTo(gauntletSeconds, 9);
  expect(estimate.totalSeconds).toBeCloseTo(totalSeconds, 9);
  // 0.36 a CPU hour is 0.0002 for two cores a second.
  expect(estimate.cost).toBeCloseTo(totalSeconds * 0.0002, 9);
  expect(estimate.kWh).toBeCloseTo(kWh, 9);
  expect(estimate.gCO2e).toBeCloseTo(kWh * 500, 9);
});

test('a sweep takes what its trials take up to the rungs that they get to', () => {
  const rows = {triage: {train: {good: 360, bad: 360}, validation: 20, golden: 40}};
  const sweep = {trials: 9, learning_rate: {min: 1e-4, max: 1e-3, scale: 'log'}};
  const swept = ProjectConfig.parse({...project, training: {...project.training, sweep}});
  // 90 steps: nine trials to the 10th, three on to the 30th, one to the end.
  const steps = 9 * 10 + 3 * 20 + 60;
  const estimate = estimateRun(swept, rows, 150);
  expect(estimate).toMatchObject({steps: 90, sweep: {trials: 9, steps}});
  expect(estimate.trainSeconds).toBeCloseTo(13 * 30 + steps * 8 * (128 / 480), 9);
  expect(estimateRun(config, rows, 150)).not.toHaveProperty('sweep');
});

test.each([
  ['as many of each class as there are of the smallest', {balance: 'class'}, {good: 60, bad: 20}, 40, 5],
  ['no more than are asked for', {balance: 'class', rows: 31}, {good: 60, bad: 20}, 30, 4],
  ['a class without rows is none', {balance: 'class'}, {good: 60, bad: 0}, 60, 8],
  ['no rows, in the one step that there is at least', {balance: 'class'}, {good: 0, bad: 0}, 0, 1],
  ['all classes as they come', {balance: 'none', rows: 31}, {good: 60, bad: 20}, 31, 4],
] as const)('trains %s', (_, train, counts, trainedRows, steps) => {
  const {triage} = project.tasks;
  const balanced = ProjectConfig.parse({...project, tasks: {triage: {...triage, train}}});
  const rows = {triage: {train: counts, validation: 20, golden: 40}};
  expect(estimateRun(balanced, rows, 150)).toMatchObject({trainedRows, steps});
});
