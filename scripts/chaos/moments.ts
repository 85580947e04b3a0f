import type {LifecycleProgress} from '../../schemas/messages.ts';

/** The stages of a run. */
export const STAGES = ['curate', 'train', 'gauntlet', 'approval', 'rollout'] as const;
export type Stage = (typeof STAGES)[number];
/** The stages that processes are killed in. */
export const MOMENTS = [...STAGES, 'monitor', 'retrain'] as const;
export type Moment = (typeof MOMENTS)[number];

/** Curating is over too soon to be asked how far it is. */
export type Counted = Exclude<Stage, 'curate'>;

/** How far the run must be in a stage to be in the middle of it: units of its progress. */
const LEAST: Readonly<Record<Counted, number>> = {train: 4, gauntlet: 5, approval: 0, rollout: 1};

/** `train 6 of 18 steps` while the run is in the middle of that stage; null before and after. */
export function inTheMiddle(view: LifecycleProgress, moment: Counted): string | null {
  const stage = view.stages.find((one) => one.stage === moment && one.status === 'running');
  if (!stage) return null;
  const least = LEAST[moment];
  const {progress} = stage;
  if (least === 0) return moment;
  if (!progress || progress.done < least || progress.done >= progress.total) return null;
  return `${moment} ${progress.done} of ${progress.total} ${progress.unit}`;
}
