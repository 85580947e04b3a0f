import {proxyActivities} from '@temporalio/workflow';
import type {Called} from '../../activities/activity.ts';
import type * as all from '../../activities/all.ts';
import {taskQueue} from '../../schemas/names.ts';

export interface OverheadInput {
  readonly project: string;
  readonly activities: number;
  /** So many are in work at once; the next so many come when all have ended. */
  readonly atOnce: number;
}

/**
 * Many activities that do next to nothing: each asks a real worker for a file that is not there. The options are those of
 * the stages.
 */
export async function overhead({project, activities, atOnce}: OverheadInput): Promise<void> {
  const {findFormer} = proxyActivities<Called<typeof all, 'cpu'>>({
    taskQueue: taskQueue(project, 'cpu'),
    startToCloseTimeout: '5 min',
    heartbeatTimeout: '12 s',
  });
  const release = '0'.repeat(64);
  for (let done = 0; done < activities; done += atOnce)
    await Promise.all(
      Array.from({length: Math.min(atOnce, activities - done)}, () => findFormer({project, release})),
    );
}
