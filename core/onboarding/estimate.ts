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
import type {FormerRun, PartTaken} from './former-runs.ts';

/** What a run of this project will do, before it does it. Seconds are wall seconds on a machine like the one below. */
export interface RunEstimate extends Pick<Bill, 'cost' | 'kWh' | 'gCO2e'> {
  readonly trainedRows: number;
  /** Of one training; those of a sweep are `sweep.steps`. */
  readonly steps: number;
  /** How many trials there are, and their steps up to the rungs they get to; missing without a sweep. */
  readonly sweep?: {readonly trials: number; readonly steps: number};
  readonly gauntletItems: number;
  /** Questions that will be asked: each item to the candidate, and to what it is compared with where its answer is not there. */
  readonly answers: number;
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
 * Steps, items and time of a run, by `rows`: usable rows of the splits, by task and those to train on by label, too; and
 * the mean tokens of a row's prompt and completion. In a first run each item is put to candidate and base; later on most
 * answers of what the candidate is compared with are there. What earlier runs took (`former`) sets the scale: on the same machines a
 * run takes what those took, for each row and question.
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
  former: readonly FormerRun[] = [],
): RunEstimate {
  const per = Object.entries(rows);
  const {trainedRows, batch, steps, trials, legs} = trainingOf(
    training,
    sum(per.map(([task, {train}]) => chosenRows(tasks[task]!.train, Object.values(train)))),
  );
  const golden = sum(per.map(([task, {golden: n}]) => Math.min(n, tasks[task]!.golden_rows ?? n)));
  const validation = Math.min(gauntlet.perplexity_rows, sum(per.map(([, {validation: n}]) => n)));
  const controlItems = asks(controls, gauntlet.gates, metricCatalog(tasks, 0)) ? CONTROLS.length : 0;
  // Injections ask a classifier twice.
  const gauntletItems = golden + validation + gauntlet.general_rows + 4 * gauntlet.probe_rows + controlItems;
  const allSteps = sum(legs.map((leg) => leg.processes * leg.steps));
  const processes = sum(legs.map((leg) => leg.processes));
  const engines =
    engine.target === 'embedded' ? engine.processes : Array.isArray(engine.target) ? engine.target.length : 1;
  const question = SECONDS_A_QUESTION + tokensARow * SECONDS_AN_ASKED_TOKEN;
  const trainingSeconds = (trainers: number, through: number): number =>
    trainers * TRAINER_START_SECONDS + through * tokensARow * SECONDS_A_TRAINED_TOKEN;
  const asking = (answers: number): number => (answers * question) / Math.max(1, engines);

  const trained = former.flatMap(({train}) => train ?? []);
  const asked = former.flatMap(({gauntlet: one}) => one ?? []);
  // Answers of the other two are there, but to golden rows that are new; those move the validation rows that are scored, too.
  const before = former.find((one) => one.gauntlet !== undefined)?.golden ?? golden;
  const fresh = golden > before ? golden - before + validation : 0;
  const answers = asked.length > 0 ? gauntletItems + 2 * fresh : 2 * gauntletItems;
  const train = scaled(trainingSeconds(processes, allSteps * batch), trained, (one) =>
    trainingSeconds(one.processes, one.units),
  );
  const gauntletTaken = scaled(asking(answers), asked, ({units}) => asking(units));
  const beside = scaled(
    BESIDE_SECONDS,
    former.flatMap((one) => one.beside ?? []),
    () => BESIDE_SECONDS,
  );
  const parts = [train, gauntletTaken, beside];
  const total = (of: keyof typeof train): number => sum(parts.map((part) => part[of]));
  const spent = {...NOTHING, cpuSeconds: total('cpuSeconds'), gpuSeconds: total('gpuSeconds')};
  const {cost, kWh, gCO2e} = billOf(spent, {prices, energy});
  return {
    ...(trials ? {sweep: {trials, steps: allSteps}} : {}),
    trainedRows,
    steps,
    gauntletItems,
    answers,
    cost,
    kWh,
    gCO2e,
    trainSeconds: train.seconds,
    gauntletSeconds: gauntletTaken.seconds,
    totalSeconds: total('seconds'),
    basis:
      former.length > 0
        ? `as measured in ${former.length === 1 ? 'an earlier run' : `${former.length} earlier runs`} of this project`
        : 'two idle cores without a GPU, the default model; a larger model takes longer in proportion',
  };
}

/** `batch`: rows a step. `trials`: 0 where nothing is searched for. */
interface TrainingSize {
  readonly trainedRows: number;
  readonly batch: number;
  readonly steps: number;
  readonly trials: number;
  readonly legs: readonly Leg[];
}

function trainingOf(training: ProjectConfig['training'], trainedRows: number): TrainingSize {
  if (training === 'none') return {trainedRows: 0, batch: 0, steps: 0, trials: 0, legs: []};
  const steps = trainingSteps(training, trainedRows);
  const trials = training.sweep === undefined ? 0 : sweepPoints(training.sweep).length;
  const legs = trials === 0 ? [{processes: 1, steps}] : sweepLegs(trials, rungSteps(steps));
  return {trainedRows, batch: rowsPerStep(training), steps, trials, legs};
}

type Taken = Pick<PartTaken, 'seconds' | 'cpuSeconds' | 'gpuSeconds'>;

/** What a part takes whose model says `seconds`: as much more or less as earlier ones took than the model says of them. */
function scaled<Part extends Taken>(
  seconds: number,
  former: readonly Part[],
  modelled: (part: Part) => number,
): Taken {
  if (former.length === 0) return {seconds, cpuSeconds: CORES * seconds, gpuSeconds: 0};
  const said = sum(former.map(modelled));
  const scale = (of: keyof Taken): number => (seconds * sum(former.map((part) => part[of]))) / said;
  return {seconds: scale('seconds'), cpuSeconds: scale('cpuSeconds'), gpuSeconds: scale('gpuSeconds')};
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
