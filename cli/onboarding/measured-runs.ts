import {formerRuns, type FormerRun} from '../../core/onboarding/former-runs.ts';
import type {RunRecord} from '../../schemas/run.ts';
import {openStores} from '../../stores/stores.ts';
import type {Project} from '../../stack/project-file.ts';

/** Runs that are looked at, the newest ones. */
const LOOKED_AT = 20;

/**
 * What earlier runs of this project took, by which a later one is estimated. None where the store cannot be read: an estimate
 * is no reason to end.
 */
export async function measuredRuns({store, config}: Pick<Project, 'store' | 'config'>): Promise<FormerRun[]> {
  try {
    const {registry, costs} = await openStores(store);
    const {project} = config;
    const runs: RunRecord[] = [];
    for await (const {run} of registry.recentRuns(project, LOOKED_AT)) if (run !== null) runs.push(run);
    const first = Math.min(...runs.map(({startedAt}) => Date.parse(startedAt)));
    const spent = runs.length === 0 ? [] : await Array.fromAsync(costs.documents(project, {from: first}));
    const golden = new Map<string, number>();
    for (const {dataset} of runs)
      if (dataset !== undefined && !golden.has(dataset))
        golden.set(dataset, (await registry.dataset(project, dataset)).counts.golden);
    return formerRuns(runs, spent, {golden});
  } catch {
    return [];
  }
}
