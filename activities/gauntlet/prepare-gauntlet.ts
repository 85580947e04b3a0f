import {answersNothing, engineModelsOf, isOpen, modelsOf} from '../../core/releases/models.ts';
import {gauntlet} from '../../schemas/stages/gauntlet.ts';
import {deployTarget} from '../engines/deploy-target.ts';
import {openedProvider} from '../engines/opened-provider.ts';
import {stageActivity} from '../stage/stage-activity.ts';
import {contendersOf, distinct} from './plan-gauntlet.ts';

/**
 * Loads the adapters of all contenders and proves that each really answers; of a vendor's model, sees that key and address are
 * there. Idempotent.
 */
export const prepareGauntlet = stageActivity(
  gauntlet,
  'cpu',
  {},
  async ({request}, context, activity): Promise<void> => {
    const contenders = distinct(await contendersOf(request, context)).filter(
      ({release}) => !answersNothing(release),
    );
    for (const [done, {role, release}] of contenders.entries()) {
      activity.progress({done, total: contenders.length, unit: 'releases', note: `loads ${role}`});
      for (const [name, part] of Object.entries(modelsOf(release)))
        if (!isOpen(part)) openedProvider(context, request.operation.models, {name, part});
      for (const model of engineModelsOf(release)) {
        const target = deployTarget(context, request.operation);
        await target.ensureAdapter(model);
        await target.prove(model);
      }
    }
  },
);
