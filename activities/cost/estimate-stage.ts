import {z} from 'zod';
import {billOf, costOf} from '../../core/cost/bill.ts';
import {amount} from '../../core/cost/budget.ts';
import {estimateAnswers, estimateTraining, type Estimated} from '../../core/cost/estimate.ts';
import {NOTHING} from '../../core/cost/spent.ts';
import {rowsPerStep, trainingSteps} from '../../core/training/steps.ts';
import {rungSteps, sweepLegs, type Leg} from '../../core/training/successive-halving.ts';
import {sweepPoints} from '../../core/training/sweep-points.ts';
import type {SettingsOf} from '../../schemas/stages/define-stage.ts';
import {gauntlet} from '../../schemas/stages/gauntlet.ts';
import {sweep} from '../../schemas/stages/sweep.ts';
import {train} from '../../schemas/stages/train.ts';
import {stageActivity} from '../stage/stage-activity.ts';
import {Checkpoints} from '../train/checkpoints.ts';
import {refuseOverBudget} from './refuse-over-budget.ts';

type TrainingSettings = SettingsOf<typeof train>;

/**
 * What a stage is expected to take, kept beside what it will have taken. Throws BudgetExceeded where a training's estimate
 * is measured and does not fit into what is left of the budget; elsewhere only a budget that is used up stops the stage.
 */
export const estimateStage = stageActivity(
  [train, sweep, gauntlet],
  'cpu',
  {key: z.string(), units: z.int().nonnegative()},
  async ({request, key, units}, context, activity): Promise<{readonly line: string}> => {
    const {stores} = context;
    const {project, stage} = request;
    const {operation} = request;
    const former = await Array.fromAsync(stores.costs.documents(project));
    const training = 'training' in request.settings ? request.settings : null;
    const steps = training === null ? 0 : trainingSteps(training.training, units);
    const whole = training === null ? estimateAnswers(former, units) : ofTraining(training, legsOf(training));
    const {run} = request;
    await stores.costs.keepEstimate({
      v: 1,
      project,
      workflow: activity.workflowId,
      run,
      stage,
      at: new Date().toISOString(),
      ...whole,
    });

    const said = `about ${amount(billOf(whole.spent, operation).cost)} ${operation.prices.currency}: ${whole.basis}`;
    const rest = whole.rough ? NOTHING : await left();
    await refuseOverBudget(
      {
        project,
        run,
        workflow: activity.workflowId,
        tariff: operation,
        said: `${stage} takes ${said}`,
        more: {cost: costOf(rest, operation), gpuHours: rest.gpuSeconds / 3600},
      },
      context,
    );
    return {line: `estimate: ${said}`};

    function ofTraining(
      {base, training: {micro_batch_size, gradient_accumulation_steps}}: TrainingSettings,
      legs: readonly Leg[],
    ): Estimated {
      return estimateTraining(former, {
        legs,
        base: base.sha256,
        perStep: rowsPerStep({micro_batch_size, gradient_accumulation_steps}),
      });
    }

    function legsOf({training: {sweep: searched}}: TrainingSettings): readonly Leg[] {
      return stage === 'sweep' && searched !== undefined
        ? sweepLegs(sweepPoints(searched).length, rungSteps(steps))
        : [{processes: 1, steps}];
    }

    /** What was paid for before is not paid again: a gauntlet's answers and a sweep's rungs are found on the way. */
    async function left() {
      if (training === null || stage === 'sweep') return NOTHING;
      const done = await new Checkpoints(stores, project, key).lastStep();
      return ofTraining(training, [{processes: 1, steps: Math.max(0, steps - done)}]).spent;
    }
  },
);
