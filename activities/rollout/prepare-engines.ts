import {z} from 'zod';
import type {DeployTarget} from '../../serving/targets/deploy-target.ts';
import {embeddedTarget} from '../../serving/targets/embedded.ts';
import {vllmTarget} from '../../serving/targets/vllm.ts';
import type {Activity, ActivityContext} from '../context.ts';
import {currentProject} from '../current-project.ts';
import {parse} from '../parse.ts';

const PrepareInput = z.strictObject({project: z.string(), release: z.string()});

/** Loads the release on every engine of the project, and proves that it answers. Throws AdapterNotServed if it does not. */
export async function prepareEngines(
  input: z.infer<typeof PrepareInput>,
  context: ActivityContext,
  activity: Activity,
): Promise<{model: string; engines: number}> {
  const {project, release: digest} = parse(PrepareInput, input, 'prepareEngines');
  const release = await context.stores.registry.release(project, digest);
  const target = await deployTarget(project, context);
  activity.progress({done: 0, total: 2, unit: 'steps', note: 'loads the adapter on every engine'});
  const model = await target.ensureAdapter(release);
  activity.progress({done: 1, total: 2, unit: 'steps', note: 'proves that it answers'});
  const proofs = await target.prove(release);
  return {model, engines: proofs.length};
}

async function deployTarget(project: string, context: ActivityContext): Promise<DeployTarget> {
  const {engine} = await currentProject(context, project);
  const {artifacts} = context.stores;
  const {adapterFolder} = context;
  return engine.target === 'embedded'
    ? embeddedTarget({engines: context.engines, artifacts, adapterFolder})
    : vllmTarget({engines: engine.target, artifacts, adapterFolder});
}
