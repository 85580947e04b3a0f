import {Context, CancelledFailure} from '@temporalio/activity';
import type {Activity, ActivityContext} from '../activities/context.ts';
import {toFailure} from '../activities/failure.ts';

/** Well under the heartbeat time-out of 15 s, so that a contended host does not lose an activity. */
const BEAT_MS = 2_000;

type Body<I, O> = (input: I, context: ActivityContext, activity: Activity) => Promise<O>;

/**
 * A plain function as a Temporal activity: beats from a timer, whatever the work does; tells it about cancellation; gives
 * its RatchetErrors to Temporal with their type.
 */
export function asActivity<I, O>(body: Body<I, O>, context: ActivityContext): (input: I) => Promise<O> {
  return async (input) => {
    const temporal = Context.current();
    let details: unknown;
    const beat = setInterval(() => temporal.heartbeat(details), BEAT_MS);
    temporal.heartbeat(details);
    const activity: Activity = {
      progress: (news) => {
        details = news;
      },
      signal: temporal.cancellationSignal,
      shuttingDown: () =>
        temporal.cancellationSignal.reason instanceof CancelledFailure &&
        temporal.cancellationSignal.reason.message === 'WORKER_SHUTDOWN',
      attempt: temporal.info.attempt,
      workflowId: temporal.info.workflowExecution?.workflowId ?? '',
      runId: temporal.info.workflowExecution?.runId ?? '',
    };
    try {
      return await body(input, context, activity);
    } catch (error) {
      throw toFailure(error);
    } finally {
      clearInterval(beat);
    }
  };
}

/** All activities of a module, under their own names. */
export function bound<Module extends Record<string, Body<never, unknown>>>(
  module: Module,
  context: ActivityContext,
): {[Name in keyof Module]: (input: Parameters<Module[Name]>[0]) => ReturnType<Module[Name]>} {
  return Object.fromEntries(
    Object.entries(module).map(([name, body]) => [name, asActivity(body, context)]),
  ) as never;
}
