import type {DemoSummary} from '../../schemas/demo-summary.ts';
import type {Stores} from '../../stores/stores.ts';
import {costsOf} from '../../records/costs.ts';
import type {Project} from '../../stack/project-file.ts';

/** What was spent since then, as far as the workers have said: they write every five seconds. */
export async function spent(
  stores: Stores,
  project: Pick<Project, 'config'>,
  since: number,
): Promise<DemoSummary['cost']> {
  const days = (Date.now() - since) / 86_400_000;
  const costs = await costsOf(stores, project.config, {by: 'stage', run: null, days});
  return {
    currency: costs.currency,
    total: costs.total,
    basis: [...costs.basis],
    stages: Object.fromEntries(costs.groups.map(({name, ...bill}) => [name ?? '', bill])),
    estimates: costs.compared.map(({stage, workflow, estimate, actual}) => ({
      stage,
      workflow,
      estimate: estimate?.cost ?? null,
      actual: actual.cost,
      basis: estimate?.basis ?? null,
    })),
  };
}
