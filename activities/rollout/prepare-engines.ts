import {z} from 'zod';
import {engineModelsOf, isOpen, modelInWords, modelsOf} from '../../core/releases/models.ts';
import {currentProject} from '../current-project.ts';
import {deployTarget} from '../engines/deploy-target.ts';
import {openedProvider} from '../engines/opened-provider.ts';
import {activity} from '../activity.ts';

const PrepareInput = z.strictObject({project: z.string(), release: z.string()});

/**
 * Loads the release on every engine of the project, and proves that it answers; of a vendor's model only the environment is
 * looked at, for every question costs. Throws AdapterNotServed if an engine does not answer, InvalidInput for a key or address
 * that is missing.
 */
export const prepareEngines = activity(
  'cpu',
  PrepareInput,
  async ({project, release: digest}, context, activity): Promise<{model: string; engines: number}> => {
    const release = await context.stores.registry.release(project, digest);
    const config = await currentProject(context, project);
    activity.progress({done: 0, total: 2, unit: 'steps', note: 'loads the adapter on every engine'});
    const vendors = Object.entries(modelsOf(release)).flatMap(([name, part]) => {
      if (isOpen(part)) return [];
      openedProvider(context, config.models, {name, part});
      return [modelInWords(part)];
    });
    const models = engineModelsOf(release);
    if (models.length === 0) return {model: vendors.join(', '), engines: 0};
    const target = deployTarget(context, config);
    const names: string[] = [];
    for (const model of models) names.push(await target.ensureAdapter(model));
    activity.progress({done: 1, total: 2, unit: 'steps', note: 'proves that it answers'});
    let engines = 0;
    for (const model of models) engines = Math.max(engines, (await target.prove(model)).length);
    return {model: [...names, ...vendors].join(', '), engines};
  },
);
