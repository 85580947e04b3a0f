import {ResolvedProject, StageRequest} from '../../schemas/stage.ts';
import type {Activity, ActivityContext} from '../context.ts';
import {deployTarget} from '../engines/engines.ts';
import {parse} from '../parse.ts';
import {contendersOf, distinct} from './plan-gauntlet.ts';

/** Loads the adapters of all contenders and proves that each really answers. Idempotent. */
export async function prepareGauntlet(
  input: {readonly request: StageRequest},
  context: ActivityContext,
  activity: Activity,
): Promise<void> {
  const request = parse(StageRequest, input.request, 'prepareGauntlet');
  const {config} = await context.stores.artifacts.getJson(request.resolved, ResolvedProject);
  const target = deployTarget(context, config);
  const contenders = distinct(await contendersOf(request, config, context));
  for (const [done, {role, release}] of contenders.entries()) {
    activity.progress({done, total: contenders.length, unit: 'releases', note: `loads ${role}`});
    await target.ensureAdapter(release);
    await target.prove(release);
  }
}
