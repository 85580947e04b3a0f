import type {SweepRecord, SweepTrial} from '../../../schemas/training.ts';

/** `learning_rate 0.001, lora_r 8` */
export function pointLine({point}: SweepTrial): string {
  return Object.entries(point)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

export function sweepColumns({rungs}: SweepRecord): string[] {
  return ['Trial', 'Hyperparameters', ...rungs.map((step) => `Loss at step ${step}`), 'Came to'];
}

/** One line a trial: its validation losses, and what became of it. */
export function sweepRows(sweep: SweepRecord): string[][] {
  return sweep.trials.map((trial) => [
    `${trial.number}`,
    pointLine(trial),
    ...sweep.rungs.map((_, i) => {
      const rung = trial.rungs[i];
      return rung === undefined ? '–' : rung.loss === null ? 'failed' : rung.loss.toFixed(4);
    }),
    cameTo(trial, sweep),
  ]);
}

function cameTo({number, rungs}: SweepTrial, {winner}: SweepRecord): string {
  if (number === winner) return 'won: trained to the end';
  const last = rungs.at(-1);
  if (last?.failed !== undefined) return `failed: ${last.failed}`;
  return last === undefined ? 'not begun' : `stopped at step ${last.step}`;
}

/** How the winner was found. */
export function sweepNote({rungs, trials, winner}: SweepRecord): string {
  const last = rungs.at(-1)!;
  const stops = rungs.filter((_, i) => trials.some((trial) => trial.rungs[i] !== undefined));
  return `Successive halving over ${trials.length} trials, with the schedule of all ${last} steps: at each rung (step ${stops.join(', ')}) the third with the lowest validation loss went on from its checkpoint. Trial ${winner} won. The differences between trials are those of one seed and one validation set: the gates above judge the winner alone.`;
}
