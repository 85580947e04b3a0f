import {z} from 'zod';
import {costOf} from '../../core/cost/bill.ts';
import {amount} from '../../core/cost/budget.ts';
import {estimateTraining} from '../../core/cost/estimate.ts';
import {NOTHING} from '../../core/cost/spent.ts';
import {rowsPerStep} from '../../core/training/steps.ts';
import {sweep} from '../../schemas/stages/sweep.ts';
import {stageActivity} from '../stage/stage-activity.ts';
import {refuseOverBudget} from './refuse-over-budget.ts';

/**
 * Whether so many trials may go on to the next rung: throws BudgetExceeded where they do not fit into what is left. By then
 * former rungs have been measured; before the first one there may be nothing to go by, and the trainers themselves stop.
 */
export const checkRung = stageActivity(
  sweep,
  'cpu',
  {trials: z.int(), from: z.int(), to: z.int()},
  async ({request, trials, from, to}, context, {workflowId: workflow}): Promise<void> => {
    const {project} = request;
    const {stores} = context;
    const {
      settings: {base, training},
      operation,
    } = request;
    const former = await Array.fromAsync(stores.costs.documents(project));
    const legs = [{processes: trials, steps: to - from}];
    const {spent, rough, basis} = estimateTraining(former, {
      legs,
      perStep: rowsPerStep(training),
      base: base.sha256,
    });
    const rest = rough ? NOTHING : spent;
    const said = `${trials} ${trials === 1 ? 'trial' : 'trials'} from step ${from} to ${to} take about ${amount(costOf(spent, operation))} ${operation.prices.currency} (${basis})`;
    await refuseOverBudget(
      {
        project,
        run: request.run,
        workflow,
        tariff: operation,
        said,
        more: {cost: costOf(rest, operation), gpuHours: rest.gpuSeconds / 3600},
      },
      context,
    );
  },
);
