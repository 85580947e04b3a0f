import {proxyActivities, upsertSearchAttributes} from '@temporalio/workflow';
import type * as notifyActivities from '../activities/notify/activities.ts';
import type {Called} from '../activities/called.ts';
import {NON_RETRYABLE} from '../schemas/errors.ts';
import {taskQueue} from '../schemas/names.ts';
import type {NotifyInput} from '../schemas/notify.ts';
import {HEARTBEAT} from './heartbeat.ts';
import {ratchetAttributes} from './search-attributes.ts';

/** Tells one receiver of one thing, for a day at most: by then people have looked themselves. */
export async function notify(input: NotifyInput): Promise<unknown> {
  const {project} = input.notice;
  // One small POST. Tried again for a day, slower and slower: receivers are restarted, certificates renewed.
  const {notify: post} = proxyActivities<Called<typeof notifyActivities>>({
    taskQueue: taskQueue(project, 'cpu'),
    startToCloseTimeout: '30 s',
    heartbeatTimeout: HEARTBEAT,
    scheduleToCloseTimeout: '1 d',
    retry: {initialInterval: '2 s', maximumInterval: '30 min', nonRetryableErrorTypes: [...NON_RETRYABLE]},
  });
  upsertSearchAttributes(ratchetAttributes({project}));
  return post.executeWithOptions({summary: `${input.notice.event}: ${input.notice.id}`}, [input]);
}
