import {Context, CancelledFailure} from '@temporalio/activity';
import type {ActivityQueue, AnyActivity} from '../activities/activity.ts';
import type {Activity, ActivityContext} from '../activities/context.ts';
import {toFailure} from '../activities/failure.ts';
import {accountOf} from './account.ts';
import type {Meter} from './meter.ts';

/** Well under the heartbeat time-out of 12 s, so that a contended host does not lose an activity. */
const BEAT_MS = 2_000;

type Body<I, O> = (input: I, context: ActivityContext, activity: Activity) => Promise<O>;

/** Whose work a module's activities are, and what counts what they spend. */
export interface Metered {
  readonly stage: string;
  readonly meter: Meter;
}

/**
 * A plain function as a Temporal activity: beats from a timer, whatever the work does; tells it about cancellation; gives
 * its RatchetErrors to Temporal with their type; counts what it spends, where that is wanted.
 */
export function asActivity<I, O>(
  body: Body<I, O>,
  context: ActivityContext,
  metered?: Metered,
): (input: I) => Promise<O> {
  return async (input) => {
    const temporal = Context.current();
    const workflowId = temporal.info.workflowExecution?.workflowId ?? '';
    let details: unknown;
    const beat = setInterval(() => temporal.heartbeat(details), BEAT_MS);
    temporal.heartbeat(details);
    const activity: Omit<Activity, 'spend'> = {
      progress: (news) => {
        details = news;
      },
      signal: temporal.cancellationSignal,
      shuttingDown: () =>
        temporal.cancellationSignal.reason instanceof CancelledFailure &&
        temporal.cancellationSignal.reason.message === 'WORKER_SHUTDOWN',
      attempt: temporal.info.attempt,
      workflowId,
      runId: temporal.info.workflowExecution?.runId ?? '',
    };
    try {
      if (metered === undefined) return await body(input, context, {...activity, spend: () => undefined});
      const account = accountOf(input, {
        workflow: workflowId,
        what: temporal.info.activityType,
        stage: metered.stage,
      });
      return await metered.meter.charged(account, (spend) => body(input, context, {...activity, spend}));
    } catch (error) {
      throw toFailure(error);
    } finally {
      clearInterval(beat);
    }
  };
}

type Registered = (input: unknown) => Promise<unknown>;

/** The activities of a module that run on this queue, under their own names. */
export function registered(
  module: Readonly<Record<string, unknown>>,
  queue: ActivityQueue,
  context: ActivityContext,
  metered?: Metered,
): [string, Registered][] {
  return Object.entries(module).flatMap(([name, declared]): [string, Registered][] =>
    isActivity(declared) && declared.queue === queue
      ? [[name, asActivity(declared.as(name), context, metered)]]
      : [],
  );
}

function isActivity(declared: unknown): declared is AnyActivity {
  return typeof declared === 'function' && 'queue' in declared && 'as' in declared;
}
