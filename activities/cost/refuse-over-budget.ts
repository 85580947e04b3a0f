import type {Tariff} from '../../core/cost/bill.ts';
import {exceeded, spentLine} from '../../core/cost/budget.ts';
import type {ProjectConfig} from '../../schemas/project.ts';
import type {ActivityContext} from '../context.ts';
import {overBudget} from './over-budget.ts';

/** Throws BudgetExceeded if `more` does not fit into what is left of the budget; `said` is what takes it, in words. */
export async function refuseOverBudget(
  {
    project,
    run,
    workflow,
    tariff,
    more,
    said,
  }: {
    readonly project: string;
    readonly run: string | null;
    readonly workflow: string;
    /** What the project's machines cost, and what it may spend. */
    readonly tariff: Tariff & Pick<ProjectConfig, 'budget'>;
    readonly more: {readonly cost: number; readonly gpuHours: number};
    readonly said: string;
  },
  context: Pick<ActivityContext, 'stores' | 'file' | 'client'>,
): Promise<void> {
  const soFar = await context.stores.costs.soFar(project, {run, workflows: [workflow]});
  const over = exceeded(tariff.budget, tariff, soFar, more);
  if (over === null) return;
  const reason = `${said}; ${spentLine(over)}: raise ${over.key} in ratchet.yaml and \`ratchet run ${project}\` again: finished work is reused`;
  await overBudget({project, run, workflow, reason}, context);
}
