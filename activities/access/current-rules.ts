import {rulesInForce, type Rules} from '../../stores/access/rules.ts';
import type {ActivityContext} from '../context.ts';
import {currentProject} from '../current-project.ts';

export type RulesContext = Pick<ActivityContext, 'file' | 'folder' | 'stores'>;

/** Who may do what now: by the policy that an admin signed, else by the ratchet.yaml of this worker. */
export async function currentRules(context: RulesContext, project: string): Promise<Rules> {
  return rulesInForce(context.stores, project, async () => ({
    config: await currentProject(context, project),
    folder: context.folder,
  }));
}
