import {digestOf} from '../../core/identity/digest.ts';
import {rungSteps} from '../../core/training/successive-halving.ts';
import {trainingSteps} from '../../core/training/steps.ts';
import {sweepPoints} from '../../core/training/sweep-points.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {ResolvedProject} from '../../schemas/stage.ts';
import {TrainingConfig, type SweepPoint} from '../../schemas/training.ts';
import type {ActivityContext} from '../context.ts';
import type {Activities, PlannedTrial, SweepPlan} from '../contract.ts';
import {codeVersion} from '../stage/code-version.ts';
import {stageKey} from '../stage/key.ts';

/**
 * The trials of a sweep, each as the training that it would be by itself: the same project with its point in place of the
 * sweep. Its steps, and so its schedule, are those of the whole training.
 */
export async function planSweep(
  {request, key: sweepKey, set}: Parameters<Activities['planSweep']>[0],
  {stores}: ActivityContext,
): Promise<SweepPlan> {
  const resolved = await stores.artifacts.getJson(request.resolved, ResolvedProject);
  const {sweep, ...training} = resolved.config.training;
  if (sweep === undefined)
    throw new RatchetError('InvalidInput', 'planSweep: expected training.sweep in the project, got none');
  const code = await codeVersion('train');
  const trials: PlannedTrial[] = [];
  for (const [i, point] of sweepPoints(sweep).entries()) {
    const own: ResolvedProject = {
      ...resolved,
      config: {...resolved.config, training: withPoint(training, point)},
    };
    const ref = await stores.artifacts.putJson(own);
    const asked = {...request, stage: 'train' as const, resolved: ref};
    const key = stageKey(asked, own, code);
    trials.push({number: i + 1, point, request: asked, key, job: digestOf({sweep: sweepKey, trial: key})});
  }
  return {rungs: rungSteps(trainingSteps(resolved.config.training, set.trainRows)), trials};
}

/** `warmup_steps` gives way to a warm-up ratio that is searched for. */
function withPoint(training: TrainingConfig, point: SweepPoint): TrainingConfig {
  const warmUp = 'warmup_ratio' in point ? {warmup_steps: 0} : {};
  return TrainingConfig.parse({...training, ...warmUp, ...point});
}
