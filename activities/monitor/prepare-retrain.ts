import {z} from 'zod';
import {keyFingerprint} from '../../core/identity/row-digest.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {RetrainInput} from '../../schemas/retrain.ts';
import type {LifecycleInput} from '../../schemas/stage.ts';
import {resolveProject} from '../../models/resolve-project.ts';
import {currentProject} from '../current-project.ts';
import {activity} from '../activity.ts';

/** A person's run goes before one that nobody waits for. */
const PRIORITY = {hand: 2, new_data: 3, drift: 4, schedule: 4} as const;

const PrepareInput = RetrainInput.extend({
  /** Feedback up to here is learned from. */
  cut: z.iso.datetime(),
});

/**
 * What a retrain's lifecycle starts with: ratchet.yaml as it is now, the stable release's dataset as parent (its golden set
 * stays frozen, its rows are reused), and the cut up to which users' corrections are read as rows of the `feedback` source.
 * Throws InvalidInput where nothing has been released yet.
 */
export const prepareRetrain = activity(
  'cpu',
  PrepareInput,
  async ({project, reason, startedBy, starterKey, cut, signed}, context): Promise<LifecycleInput> => {
    const {stores, folder, environment, rowKey} = context;
    const deployment = await stores.pointers.read(project);
    if (deployment === null) {
      throw new RatchetError(
        'InvalidInput',
        `${project} has no stable release yet: nothing to retrain; start it with ratchet run ${project}`,
      );
    }
    const stable = await stores.registry.release(project, deployment.stable);
    const config = await currentProject(context, project);
    const {ref} = await resolveProject(stores.artifacts, config, {
      folder,
      defaultModel: environment.model,
      stable,
    });
    return {
      project,
      resolved: ref,
      startedBy,
      starterKey,
      reason,
      keyFingerprint: keyFingerprint(rowKey),
      feedbackCut: cut,
      parentDataset: stable.createdFrom,
      priority: PRIORITY[reason],
      ...(signed === undefined ? {} : {signed}),
    };
  },
);
