import {z} from 'zod';
import {billOf, costOf} from '../../core/cost/bill.ts';
import {amount} from '../../core/cost/budget.ts';
import {estimateAnswers, estimateTraining, type Estimated} from '../../core/cost/estimate.ts';
import {NOTHING} from '../../core/cost/spent.ts';
import {rowsPerStep, trainingSteps} from '../../core/training/steps.ts';
import {rungSteps, sweepLegs, type Leg} from '../../core/training/successive-halving.ts';
import {sweepPoints} from '../../core/training/sweep-points.ts';
import {ResolvedProject, StageRequest} from '../../schemas/stage.ts';
import type {Activity, ActivityContext} from '../context.ts';
import {parse} from '../parse.ts';
import {Checkpoints} from '../train/checkpoints.ts';
import {refuseOverBudget} from './refuse-over-budget.ts';

const Input = z.object({
  request: StageRequest,
  key: z.string(),
  /** Rows of the training set, or answers that the gauntlet asks for. */
  units: z.int().nonnegative(),
});

/**
 * What a stage is expected to take, kept beside what it will have taken. Throws BudgetExceeded where a training's estimate
 * is measured and does not fit into what is left of the budget; elsewhere only a budget that is used up stops the stage.
 */
export async function estimateStage(
  input: {readonly request: StageRequest; readonly key: string; readonly units: number},
  context: ActivityContext,
  activity: Activity,
): Promise<{readonly line: string}> {
  const {stores} = context;
  const {request, key, units} = parse(Input, input, 'estimateStage');
  const {project, stage} = request;
  const {config, base} = await stores.artifacts.getJson(request.resolved, ResolvedProject);
  const {training} = config;
  const former = await Array.fromAsync(stores.costs.documents(project));
  const steps = trainingSteps(training, units);
  const train = (legs: readonly Leg[]): Estimated =>
    estimateTraining(former, {legs, perStep: rowsPerStep(training), base: base.sha256});
  const whole =
    stage === 'train'
      ? train([{processes: 1, steps}])
      : stage === 'sweep'
        ? train(sweepLegs(sweepPoints(training.sweep!).length, rungSteps(steps)))
        : estimateAnswers(former, units);
  const run = request.run ?? null;
  await stores.costs.keepEstimate({
    ...{v: 1, project, workflow: activity.workflowId, run, stage},
    ...{at: new Date().toISOString(), ...whole},
  });

  const said = `about ${amount(billOf(whole.spent, config).cost)} ${config.prices.currency}: ${whole.basis}`;
  const rest = whole.rough ? NOTHING : await left();
  await refuseOverBudget(
    {
      ...{project, run, workflow: activity.workflowId, config, said: `${stage} takes ${said}`},
      more: {cost: costOf(rest, config), gpuHours: rest.gpuSeconds / 3600},
    },
    context,
  );
  return {line: `estimate: ${said}`};

  /** What was paid for before is not paid again: a gauntlet's answers and a sweep's rungs are found on the way. */
  async function left() {
    if (stage !== 'train') return NOTHING;
    const done = await new Checkpoints(stores, project, key).lastStep();
    return train([{processes: 1, steps: Math.max(0, steps - done)}]).spent;
  }
}
