import type {ProjectConfig} from '../../schemas/project.ts';

/** What a run of this project will do, before it does it. Seconds are wall seconds on a machine like the one below. */
export interface RunEstimate {
  readonly trainedRows: number;
  readonly steps: number;
  readonly gauntletItems: number;
  readonly trainSeconds: number;
  readonly gauntletSeconds: number;
  readonly totalSeconds: number;
  readonly cost: number;
  readonly basis: string;
}

/**
 * Measured on two cores of an AMD EPYC without a GPU, the default model (docs/bench.md): 480 rows of some 150 tokens trained
 * in 128 s; a question of the gauntlet, put to one engine, takes some .6 s for a prompt of as many tokens. Starting the stack,
 * curation, parity and reports take a minute together.
 */
const SECONDS_A_TRAINED_TOKEN = 128 / (480 * 150);
const SECONDS_AN_ASKED_TOKEN = 0.6 / 150;
const BESIDE_SECONDS = 60;

/**
 * Steps, items and time of a first run, by `rows`: usable rows of the splits, by task, and the mean tokens of a row's prompt
 * and completion. Each item is put to candidate and base.
 */
export function estimateRun(
  {
    tasks,
    training,
    gauntlet,
    engine,
    prices,
  }: Pick<ProjectConfig, 'tasks' | 'training' | 'gauntlet' | 'engine' | 'prices'>,
  rows: Readonly<
    Record<string, {readonly train: number; readonly validation: number; readonly golden: number}>
  >,
  tokensARow: number,
): RunEstimate {
  const per = Object.entries(rows);
  const trainedRows = sum(per.map(([task, {train}]) => Math.min(train, tasks[task]!.train.rows ?? train)));
  const batch = training.micro_batch_size * training.gradient_accumulation_steps;
  const epochs = Math.ceil((trainedRows / batch) * training.num_epochs);
  const steps = Math.min(epochs, training.max_steps ?? epochs);
  const golden = sum(per.map(([task, {golden: n}]) => Math.min(n, tasks[task]!.golden_rows ?? n)));
  const validation = Math.min(gauntlet.perplexity_rows, sum(per.map(([, {validation: n}]) => n)));
  // Injections ask a classifier twice.
  const gauntletItems = golden + validation + gauntlet.general_rows + 4 * gauntlet.probe_rows;
  const trainSeconds = steps * batch * tokensARow * SECONDS_A_TRAINED_TOKEN;
  const engines = engine.target === 'embedded' ? engine.processes : engine.target.length;
  const gauntletSeconds = (2 * gauntletItems * tokensARow * SECONDS_AN_ASKED_TOKEN) / Math.max(1, engines);
  const totalSeconds = trainSeconds + gauntletSeconds + BESIDE_SECONDS;
  return {
    ...{trainedRows, steps, gauntletItems, trainSeconds, gauntletSeconds, totalSeconds},
    cost: (totalSeconds / 3600) * 2 * prices.cpu_hour,
    basis: 'two cores without a GPU, the default model; a larger model takes longer in proportion',
  };
}

function sum(of: readonly number[]): number {
  return of.reduce((all, n) => all + n, 0);
}
