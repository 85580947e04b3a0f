import type {Bill} from '../../schemas/cost.ts';
import type {ProjectConfig} from '../../schemas/project.ts';
import {billOf} from '../cost/bill.ts';
import {NOTHING} from '../cost/spent.ts';
import {metricCatalog} from '../evaluation/catalog/catalog.ts';
import {controls} from '../evaluation/catalog/safety.ts';
import {asks} from '../evaluation/gates/implied-gates.ts';
import {CONTROLS} from '../evaluation/probes/control.ts';
import {rowsOfEach} from '../training/choose-rows.ts';
import {rowsPerStep, trainingSteps} from '../training/steps.ts';
import {rungSteps, sweepLegs, type Leg} from '../training/successive-halving.ts';
import {sweepPoints} from '../training/sweep-points.ts';

/** What a run of this project will do, before it does it. Seconds are wall seconds on a machine like the one below. */
export interface RunEstimate extends Pick<Bill, 'cost' | 'kWh' | 'gCO2e'> {
  readonly trainedRows: number;
  /** Of one training; those of a sweep are `sweep.steps`. */
  readonly steps: number;
  /** How many trials there are, and their steps up to the rungs they get to; missing without a sweep. */
  readonly sweep?: {readonly trials: number; readonly steps: number};
  readonly gauntletItems: number;
  readonly trainSeconds: number;
  readonly gauntletSeconds: number;
  readonly totalSeconds: number;
  readonly basis: string;
}

/**
 * Two cores of an AMD EPYC without a GPU, the default model. 480 rows of some 150 tokens trained in 128 s (docs/bench.md); the
 * trainer's start, its checkpoints and the parity check besides. A question to one engine: reading its prompt, and for some a
 * written answer. Starting the stack, curation and reports take a minute together. A busy machine takes twice as long: 300
 * tickets took 4 min 40 s on one with a load of 9, for which 3 min 20 s are said here.
 */
const CORES = 2;
const SECONDS_A_TRAINED_TOKEN = 128 / (480 * 150);
const TRAINER_START_SECONDS = 30;
const SECONDS_A_QUESTION = 0.3;
const SECONDS_AN_ASKED_TOKEN = 0.002;
const BESIDE_SECONDS = 60;

/**
 * Steps, items and time of a first run, by `rows`: usable rows of the splits, by task and those to train on by label, too; and
 * the mean tokens of a row's prompt and completion. Each item is put to candidate and base.
 */
export function estimateRun(
  {
    tasks,
    training,
    gauntlet,
    engine,
    prices,
    energy,
  }: Pick<ProjectConfig, 'tasks' | 'training' | 'gauntlet' | 'engine' | 'prices' | 'energy'>,
  rows: Readonly<
    Record<
      string,
      {
        readonly train: Readonly<Record<string, number>>;
        readonly validation: number;
        readonly golden: number;
      }
    >
  >,
  tokensARow: number,
): RunEstimate {
  const per = Object.entries(rows);
  const trainedRows = sum(per.map(([task, {train}]) => chosenRows(tasks[task]!.train, Object.values(train))));
  const batch = rowsPerStep(training);
  const steps = trainingSteps(training, trainedRows);
  const golden = sum(per.map(([task, {golden: n}]) => Math.min(n, tasks[task]!.golden_rows ?? n)));
  const validation = Math.min(gauntlet.perplexity_rows, sum(per.map(([, {validation: n}]) => n)));
  const controlItems = asks(controls, gauntlet.gates, metricCatalog(tasks, 0)) ? CONTROLS.length : 0;
  // Injections ask a classifier twice.
  const gauntletItems = golden + validation + gauntlet.general_rows + 4 * gauntlet.probe_rows + controlItems;
  const trials = training.sweep && sweepPoints(training.sweep).length;
  const legs: readonly Leg[] = trials ? sweepLegs(trials, rungSteps(steps)) : [{processes: 1, steps}];
  const allSteps = sum(legs.map((leg) => leg.processes * leg.steps));
  const trainSeconds =
    sum(legs.map(({processes}) => processes)) * TRAINER_START_SECONDS +
    allSteps * batch * tokensARow * SECONDS_A_TRAINED_TOKEN;
  const engines =
    engine.target === 'embedded' ? engine.processes : Array.isArray(engine.target) ? engine.target.length : 1;
  const question = SECONDS_A_QUESTION + tokensARow * SECONDS_AN_ASKED_TOKEN;
  const gauntletSeconds = (2 * gauntletItems * question) / Math.max(1, engines);
  const totalSeconds = trainSeconds + gauntletSeconds + BESIDE_SECONDS;
  const {cost, kWh, gCO2e} = billOf({...NOTHING, cpuSeconds: CORES * totalSeconds}, {prices, energy});
  return {
    ...(trials ? {sweep: {trials, steps: allSteps}} : {}),
    ...{trainedRows, steps, gauntletItems, trainSeconds, gauntletSeconds, totalSeconds, cost, kWh, gCO2e},
    basis: 'two idle cores without a GPU, the default model; a larger model takes longer in proportion',
  };
}

/** Of the rows of each label; a label without rows is no class. */
export function chosenRows(
  {rows, balance}: ProjectConfig['tasks'][string]['train'],
  labels: readonly number[],
): number {
  const all = sum(labels);
  if (all === 0) return 0;
  const classes = balance === 'class' ? labels.filter((n) => n > 0) : [all];
  return classes.length * rowsOfEach(classes, rows ?? all);
}

function sum(of: readonly number[]): number {
  return of.reduce((all, n) => all + n, 0);
}
