import type {SpendDocument} from '../../schemas/cost.ts';
import type {RunRecord, RunStage} from '../../schemas/run.ts';

/** What a part of an earlier run took. Seconds are wall seconds, CPU and GPU seconds those of one core or device. */
export interface PartTaken {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly gpuSeconds: number;
  /** Rows that trainers went through, or answers that were asked for. */
  readonly units: number;
  /** Trainers, each of which loads the model. */
  readonly processes: number;
}

/** Parts of an earlier run that it did itself, and did to the end. */
export interface FormerRun {
  readonly train?: PartTaken;
  readonly gauntlet?: PartTaken;
  /** All else up to the approval: curation, reports. */
  readonly beside?: Pick<PartTaken, 'seconds' | 'cpuSeconds' | 'gpuSeconds'>;
  /** Golden rows of its dataset; missing where that is not known. */
  readonly golden?: number;
}

/** What earlier runs took, by their records and what was spent on them; the newest `most` that trained or asked, newest first; `golden`: rows by dataset. */
export function formerRuns(
  runs: readonly RunRecord[],
  spent: readonly SpendDocument[],
  {
    most = 3,
    golden = new Map(),
  }: {readonly most?: number; readonly golden?: ReadonlyMap<string, number>} = {},
): FormerRun[] {
  const newest = [...runs].sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
  return newest
    .map((run): FormerRun => {
      const train = taken(run, 'train', spent);
      const gauntlet = taken(run, 'gauntlet', spent);
      const whole = run.stages.gauntlet;
      const all = sum(spent, run.id, () => true);
      const beside =
        train && gauntlet && whole?.endedAt
          ? {
              seconds: Math.max(0, between(run.startedAt, whole.endedAt) - train.seconds - gauntlet.seconds),
              cpuSeconds: Math.max(0, all.cpuSeconds - train.cpuSeconds - gauntlet.cpuSeconds),
              gpuSeconds: 0,
            }
          : undefined;
      const rows = run.dataset === undefined ? undefined : golden.get(run.dataset);
      return {
        ...(train && {train}),
        ...(gauntlet && {gauntlet}),
        ...(beside && {beside}),
        ...(rows === undefined ? {} : {golden: rows}),
      };
    })
    .filter(({train, gauntlet}) => train !== undefined || gauntlet !== undefined)
    .slice(0, most);
}

function taken(
  {id, stages}: RunRecord,
  stage: 'train' | 'gauntlet',
  spent: readonly SpendDocument[],
): PartTaken | undefined {
  const record: RunStage | undefined = stages[stage];
  if (record?.status !== 'done' || record.cached === true || record.endedAt === null) return undefined;
  const part = sum(spent, id, (what) => what === stage || (stage === 'train' && what === 'sweep'));
  return part.units === 0 ? undefined : {...part, seconds: between(record.startedAt, record.endedAt)};
}

function sum(
  spent: readonly SpendDocument[],
  run: string,
  counts: (stage: string) => boolean,
): Omit<PartTaken, 'seconds'> {
  let [cpuSeconds, gpuSeconds, units, processes] = [0, 0, 0, 0];
  for (const {training, rows} of spent) {
    const own = rows.filter((row) => row.run === run && counts(row.stage));
    if (training !== undefined && own.length > 0) processes++;
    for (const {spent: one} of own) {
      cpuSeconds += one.cpuSeconds;
      gpuSeconds += one.gpuSeconds;
      units += one.units;
    }
  }
  return {cpuSeconds, gpuSeconds, units, processes};
}

function between(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}
