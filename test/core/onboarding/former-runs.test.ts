import {expect, test} from 'vitest';
import {estimateRun} from '../../../core/onboarding/estimate.ts';
import {formerRuns} from '../../../core/onboarding/former-runs.ts';
import type {SpendDocument, Spent} from '../../../schemas/cost.ts';
import {ProjectConfig} from '../../../schemas/project.ts';
import type {RunRecord, RunStage} from '../../../schemas/run.ts';

const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();
const stage = (from: number, to: number, more: Partial<RunStage> = {}): RunStage => ({
  status: 'done',
  startedAt: at(from),
  endedAt: at(to),
  cached: false,
  ...more,
});
const run = (id: string, stages: RunRecord['stages']): RunRecord => ({
  v: 1,
  id,
  project: 'post',
  status: 'done',
  startedBy: 'anna',
  reason: 'hand',
  startedAt: at(0),
  endedAt: at(5000),
  stages,
  links: {},
});
const spend = (of: string, what: 'train' | 'gauntlet' | 'curate', spent: Partial<Spent>): SpendDocument => ({
  v: 1,
  project: 'post',
  source: `${of} ${what}`,
  day: '2026-01-01',
  from: at(0),
  to: at(1),
  ...(what === 'train'
    ? {training: {base: 'b', device: 'cpu', cpu: 'c', load: {cpuSeconds: 1, gpuSeconds: 0}}}
    : {}),
  rows: [
    {
      stage: what,
      what,
      workflow: 'w',
      run: of,
      spent: {
        cpuSeconds: 0,
        gpuSeconds: 0,
        paid: 0,
        paidTokens: 0,
        promptTokens: 0,
        completionTokens: 0,
        bytes: 0,
        units: 0,
        ...spent,
      },
    },
  ],
});

const runs = [
  run('first', {curate: stage(0, 20), train: stage(20, 420), gauntlet: stage(420, 600)}),
  run('found', {train: stage(0, 1, {cached: true}), gauntlet: stage(1, 2, {cached: true})}),
  run('broken', {train: stage(0, 100, {status: 'failed'})}),
];
const spent = [
  spend('first', 'curate', {cpuSeconds: 9}),
  spend('first', 'train', {cpuSeconds: 120, units: 80}),
  spend('first', 'gauntlet', {cpuSeconds: 200, units: 162}),
  spend('broken', 'train', {cpuSeconds: 50, units: 40}),
];

test('only what a run did itself and to the end is measured', () => {
  expect(formerRuns(runs, spent)).toEqual([
    {
      train: {seconds: 400, cpuSeconds: 120, gpuSeconds: 0, units: 80, processes: 1},
      gauntlet: {seconds: 180, cpuSeconds: 200, gpuSeconds: 0, units: 162, processes: 0},
      beside: {seconds: 20, cpuSeconds: 9, gpuSeconds: 0},
    },
  ]);
  expect(formerRuns([], [])).toEqual([]);
});

test('a later run of the same rows is estimated as the first one went, with half the questions', () => {
  const config = ProjectConfig.parse({
    version: 1,
    project: 'post',
    input: {format: 'record', fields: ['body']},
    sources: [{name: 'letters', uri: 'file:letters.jsonl', format: 'jsonl'}],
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
    prices: {cpu_hour: 3600},
  });
  const rows = {triage: {train: {good: 60, bad: 20}, validation: 20, golden: 40}};
  const first = estimateRun(config, rows, 150);
  expect(first).toMatchObject({answers: 162, gauntletItems: 81});
  const later = estimateRun(config, rows, 150, formerRuns(runs, spent));
  expect(later.trainSeconds).toBeCloseTo(400, 6);
  expect(later.answers).toBe(81);
  expect(later.gauntletSeconds).toBeCloseTo(90, 6);
  expect(later.totalSeconds).toBeCloseTo(510, 6);
  // By what was spent, not by the time that went by: a price of 1 for each CPU second.
  expect(later.cost).toBeCloseTo(120 + 100 + 9, 6);
  // 10 golden rows that are new are asked of all three, and so are the validation rows that are scored.
  const grown = formerRuns(
    runs.map((one) => ({...one, dataset: 'd'})),
    spent,
    {golden: new Map([['d', 30]])},
  );
  expect(estimateRun(config, rows, 150, grown).answers).toBe(81 + 2 * (10 + 20));
  expect(later.basis).toBe('as measured in an earlier run of this project');
});
