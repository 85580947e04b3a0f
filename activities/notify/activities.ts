import {signedMessage} from '../../core/notify/message.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {NotifyInput} from '../../schemas/notify.ts';
import type {Activity, ActivityContext} from '../context.ts';
import {currentProject} from '../current-project.ts';
import {activity} from '../activity.ts';
import {post} from './post.ts';

/** A receiver that takes longer is asked again. */
const ANSWER_MS = 10_000;

export type Delivery =
  | {readonly status: 'delivered'; readonly code: number}
  /** The project names this receiver no more. */
  | {readonly status: 'dropped'; readonly reason: string};

/**
 * Posts one notice to one receiver, signed with the secret that its `secret_env` names. Throws Unavailable for what is worth
 * another try, a missing secret among it; InvalidInput where the receiver refuses.
 */
export const notify = activity(
  'cpu',
  NotifyInput,
  async (
    {notice, url},
    context: Pick<ActivityContext, 'file'>,
    activity: Pick<Activity, 'signal'>,
  ): Promise<Delivery> => {
    const config = await currentProject(context, notice.project);
    const receiver = config.notify.find((one) => one.url === url && one.events.includes(notice.event));
    if (receiver === undefined)
      return {status: 'dropped', reason: 'ratchet.yaml names this receiver no more'};
    const secret = process.env[receiver.secret_env];
    if (!secret)
      throw new RatchetError(
        'Unavailable',
        `notify: ${receiver.secret_env} is not set on this cpu worker, so nothing can be signed: set it and restart the worker`,
      );
    const message = signedMessage(notice, secret, Math.floor(Date.now() / 1000));
    const code = await post(url, message, {answerMs: ANSWER_MS, signal: activity.signal});
    return {status: 'delivered', code};
  },
);
