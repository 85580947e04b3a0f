import {z} from 'zod';
import {Digest} from '../../schemas/artifact.ts';
import {digestOf} from '../../core/identity/digest.ts';
import {rungSteps} from '../../core/training/successive-halving.ts';
import {trainingSteps} from '../../core/training/steps.ts';
import {sweepPoints} from '../../core/training/sweep-points.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {ResolvedProject} from '../../schemas/resolved-project.ts';
import {StageRequest} from '../../schemas/stage.ts';
import {TrainingSet} from '../../schemas/training-set.ts';
import {TrainingConfig, trainingConfigOf, type SweepPoint} from '../../schemas/training.ts';
import {activity} from '../activity.ts';
import {stageKey} from '../stage/key.ts';

export interface SweepPlan {
  /** Steps of each rung; the last is the whole training. */
  readonly rungs: readonly number[];
  readonly trials: readonly PlannedTrial[];
}

export interface PlannedTrial {
  readonly number: number;
  readonly point: SweepPoint;
  /** The training that it would be by itself, and its key. */
  readonly request: StageRequest;
  readonly key: string;
  /** Names its checkpoints and its job, of this sweep alone: no other one trains the same at the same time. */
  readonly job: string;
}

/**
 * The trials of a sweep, each as the training that it would be by itself: the same project with its point in place of the
 * sweep. Its steps, and so its schedule, are those of the whole training.
 */
export const planSweep = activity(
  'cpu',
  z.object({request: StageRequest, key: Digest, set: TrainingSet}),
  async ({request, key: sweepKey, set}, {stores}): Promise<SweepPlan> => {
    const resolved = await stores.artifacts.getJson(request.resolved, ResolvedProject);
    const {sweep, ...training} = trainingConfigOf(resolved.config);
    if (sweep === undefined)
      throw new RatchetError('InvalidInput', 'planSweep: expected training.sweep in the project, got none');
    const trials: PlannedTrial[] = [];
    for (const [i, point] of sweepPoints(sweep).entries()) {
      const own: ResolvedProject = {
        ...resolved,
        config: {...resolved.config, training: withPoint(training, point)},
      };
      const ref = await stores.artifacts.putJson(own);
      const asked = {...request, stage: 'train' as const, resolved: ref};
      const key = stageKey(asked, own);
      trials.push({number: i + 1, point, request: asked, key, job: digestOf({sweep: sweepKey, trial: key})});
    }
    return {rungs: rungSteps(trainingSteps(trainingConfigOf(resolved.config), set.trainRows)), trials};
  },
);

/** `warmup_steps` gives way to a warm-up ratio that is searched for. */
function withPoint(training: TrainingConfig, point: SweepPoint): TrainingConfig {
  const warmUp = 'warmup_ratio' in point ? {warmup_steps: 0} : {};
  return TrainingConfig.parse({...training, ...warmUp, ...point});
}
