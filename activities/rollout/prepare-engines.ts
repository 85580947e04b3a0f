import {z} from 'zod';
import {engineModelsOf} from '../../core/releases/models.ts';
import {currentProject} from '../current-project.ts';
import {deployTarget} from '../engines/deploy-target.ts';
import {activity} from '../activity.ts';

const PrepareInput = z.strictObject({project: z.string(), release: z.string()});

/** Loads the release on every engine of the project, and proves that it answers. Throws AdapterNotServed if it does not. */
export const prepareEngines = activity(
  'cpu',
  PrepareInput,
  async ({project, release: digest}, context, activity): Promise<{model: string; engines: number}> => {
    const release = await context.stores.registry.release(project, digest);
    const target = deployTarget(context, await currentProject(context, project));
    activity.progress({done: 0, total: 2, unit: 'steps', note: 'loads the adapter on every engine'});
    const models = engineModelsOf(release);
    const names: string[] = [];
    for (const model of models) names.push(await target.ensureAdapter(model));
    activity.progress({done: 1, total: 2, unit: 'steps', note: 'proves that it answers'});
    let engines = 0;
    for (const model of models) engines = Math.max(engines, (await target.prove(model)).length);
    return {model: names.join(', '), engines};
  },
);
