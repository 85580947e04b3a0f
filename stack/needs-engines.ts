import {openModelsOf} from '../core/releases/models.ts';
import type {ProjectConfig} from '../schemas/project.ts';
import {asksBase} from '../schemas/task-models.ts';
import {openStores} from '../stores/stores.ts';

/**
 * Whether a project's stack has to hold a model: its tasks ask the base model, or a release does that answers now. Where every
 * one asks a vendor, nothing is loaded.
 */
export async function needsEngines(
  config: Pick<ProjectConfig, 'project' | 'tasks'>,
  store: string,
): Promise<boolean> {
  if (asksBase(config)) return true;
  const {pointers, registry} = await openStores(store);
  const deployment = await pointers.read(config.project);
  if (deployment === null) return false;
  const {stable, canary, shadow} = deployment;
  for (const digest of [stable, canary?.release, shadow?.release])
    if (digest !== undefined && openModelsOf(await registry.release(config.project, digest)).length > 0)
      return true;
  return false;
}
