import {billOf, energyBasis, priceBasis} from '../../core/cost/bill.ts';
import type {CostsView} from '../../core/evaluation/report/view.ts';
import {adapterOf} from '../../core/releases/models.ts';
import {stageWorkflowId} from '../../schemas/names.ts';
import type {ProjectConfig} from '../../schemas/project.ts';
import type {Release} from '../../schemas/release.ts';
import {trainingOf} from '../../stores/registry/training-of.ts';
import type {Stores} from '../../stores/stores.ts';

/** What the candidate's training and this gauntlet took so far, with what was expected of each. */
export async function costsView(
  stores: Stores,
  {
    project,
    release,
    gauntlet,
  }: {readonly project: string; readonly release: Release; readonly gauntlet: string},
  config: Pick<ProjectConfig, 'prices' | 'energy'>,
): Promise<CostsView> {
  const adapter = adapterOf(release);
  const training = adapter && (await trainingOf(stores, adapter.digest));
  const workflows = [...(training ? [stageWorkflowId(training.stage, project, training.key)] : []), gauntlet];
  const compared = await stores.costs.compared(project, workflows);
  return {
    currency: config.prices.currency,
    stages: compared.map(({workflow, estimate, actual}) => ({
      stage: workflow.split('/')[0]!,
      estimate: estimate && {
        bill: billOf(estimate.spent, config),
        basis: estimate.basis,
        rough: estimate.rough,
      },
      actual: billOf(actual, config),
    })),
    basis: [priceBasis(config), energyBasis(config)],
  };
}
