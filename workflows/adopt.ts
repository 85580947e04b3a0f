import {
  CancellationScope,
  getExternalWorkflowHandle,
  isCancellation,
  setCurrentDetails,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type {AdoptInput, ChildEnd} from '../activities/stage/own-child.ts';
import {waiting} from './activities.ts';
import {ratchetAttributes} from './search-attributes.ts';

/**
 * Stands in for a child that an earlier execution of its parent started: waits for its end, and hands a cancellation on to
 * it. So whoever cancels or terminates the parent ends that child, too, though it is another execution's.
 */
export async function adopt(input: AdoptInput): Promise<ChildEnd> {
  const {project, workflowId} = input;
  const {awaitChild} = waiting(project);
  const end = (summary: string): Promise<ChildEnd> => awaitChild.executeWithOptions({summary}, [input]);
  upsertSearchAttributes(ratchetAttributes({project}));
  setCurrentDetails(`Represents \`${workflowId}\`, which began before its run was reset`);
  try {
    return await end(`wait for ${workflowId}`);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(async () => {
      await cancel(workflowId);
      await end(`wait until ${workflowId} has stopped`);
    });
    throw error;
  }
}

/** One that has ended meanwhile needs none. */
async function cancel(workflowId: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(workflowId).cancel();
  } catch (error) {
    if (isCancellation(error)) throw error;
  }
}
