import {upsertSearchAttributes} from '@temporalio/workflow';
import type {NotifyInput} from '../schemas/notify.ts';
import {on} from './activities.ts';
import {ratchetAttributes} from './search-attributes.ts';

/** Tells one receiver of one thing, for a day at most: by then people have looked themselves. */
export async function notify(input: NotifyInput): Promise<unknown> {
  const {project} = input.notice;
  // One small POST. Tried again for a day, slower and slower: receivers are restarted, certificates renewed.
  const {notify: post} = on('cpu', project, {
    startToCloseTimeout: '30 s',
    scheduleToCloseTimeout: '1 d',
    retry: {initialInterval: '2 s', maximumInterval: '30 min'},
  });
  upsertSearchAttributes(ratchetAttributes({project}));
  return post.executeWithOptions({summary: `${input.notice.event}: ${input.notice.id}`}, [input]);
}
