import {RatchetError} from '../../schemas/errors.ts';
import type {FeedbackRecord} from '../../stores/feedback-records.ts';
import {goldenCandidates, sourceRows} from '../../stores/feedback-reviews.ts';
import {rulesInForce} from '../../stores/rules.ts';
import type {Stores} from '../../stores/stores.ts';
import type {Project} from './project.ts';
import {existingRowKey} from './row-key.ts';

/**
 * Feedback up to now that the next retrain would make golden rows of, if a person let it: measured against the rows that
 * the stable release was made from. Throws InvalidInput where the project has no row key yet.
 */
export async function waitingFeedback(
  {config, folder}: Pick<Project, 'config' | 'folder'>,
  stores: Stores,
): Promise<readonly FeedbackRecord[]> {
  const {project} = config;
  const rowKey = existingRowKey(folder);
  if (rowKey === undefined)
    throw new RatchetError('InvalidInput', `${folder} has no row key yet: run ratchet run ${project} first`);
  const {people} = await rulesInForce(stores, project, () => Promise.resolve({config, folder}));
  const deployment = await stores.pointers.read(project);
  const stable = deployment && (await stores.registry.release(project, deployment.stable));
  const rows = stable?.createdFrom ? await sourceRows(stores, project, stable.createdFrom) : 0;
  return goldenCandidates(stores, {
    ...{config, people, rows, rowKey: Buffer.from(rowKey, 'hex'), cut: Date.now()},
  });
}
