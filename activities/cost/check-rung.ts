import {costOf} from '../../core/cost/bill.ts';
import {amount} from '../../core/cost/budget.ts';
import {estimateTraining} from '../../core/cost/estimate.ts';
import {NOTHING} from '../../core/cost/spent.ts';
import {rowsPerStep} from '../../core/training/steps.ts';
import {ResolvedProject} from '../../schemas/stage.ts';
import type {Activity, ActivityContext} from '../context.ts';
import type {Activities} from '../contract.ts';
import {refuseOverBudget} from './refuse-over-budget.ts';

/**
 * Whether so many trials may go on to the next rung: throws BudgetExceeded where they do not fit into what is left. By then
 * former rungs have been measured; before the first one there may be nothing to go by, and the trainers themselves stop.
 */
export async function checkRung(
  {request, trials, from, to}: Parameters<Activities['checkRung']>[0],
  context: ActivityContext,
  {workflowId: workflow}: Activity,
): Promise<void> {
  const {project} = request;
  const {stores} = context;
  const {config, base} = await stores.artifacts.getJson(request.resolved, ResolvedProject);
  const former = await Array.fromAsync(stores.costs.documents(project));
  const legs = [{processes: trials, steps: to - from}];
  const {spent, rough, basis} = estimateTraining(former, {
    ...{legs, perStep: rowsPerStep(config.training), base: base.sha256},
  });
  const rest = rough ? NOTHING : spent;
  const said = `${trials} ${trials === 1 ? 'trial' : 'trials'} from step ${from} to ${to} take about ${amount(costOf(spent, config))} ${config.prices.currency} (${basis})`;
  await refuseOverBudget(
    {
      ...{project, run: request.run ?? null, workflow, config, said},
      more: {cost: costOf(rest, config), gpuHours: rest.gpuSeconds / 3600},
    },
    context,
  );
}
