import {engineModelsOf} from '../../core/releases/models.ts';
import {gauntlet} from '../../schemas/stages/gauntlet.ts';
import {deployTarget} from '../engines/deploy-target.ts';
import {stageActivity} from '../stage/stage-activity.ts';
import {contendersOf, distinct} from './plan-gauntlet.ts';

/** Loads the adapters of all contenders and proves that each really answers. Idempotent. */
export const prepareGauntlet = stageActivity(
  gauntlet,
  'cpu',
  {},
  async ({request}, context, activity): Promise<void> => {
    const target = deployTarget(context, request.operation);
    const contenders = distinct(await contendersOf(request, context));
    for (const [done, {role, release}] of contenders.entries()) {
      activity.progress({done, total: contenders.length, unit: 'releases', note: `loads ${role}`});
      for (const model of engineModelsOf(release)) {
        await target.ensureAdapter(model);
        await target.prove(model);
      }
    }
  },
);
