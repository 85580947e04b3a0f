import {
  executeChild,
  ParentClosePolicy,
  uuid4,
  WorkflowIdReusePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import {
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  TerminatedFailure,
  TimeoutFailure,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/common';
import type {Priority} from '@temporalio/common';
import type {AdoptInput} from '../activities/stage/own-child.ts';
import {ErrorType} from '../schemas/errors.ts';
import {adoptionPrefix} from '../schemas/names.ts';
import {adopt} from './adopt.ts';

export interface OwnChild<I> {
  readonly project: string;
  /** The same, whenever this workflow is reset and comes here again. */
  readonly workflowId: string;
  readonly input: I;
  /** For the Temporal UI. */
  readonly summary: string;
  /** What becomes of one that has completed before: its result is taken, or it is done again. */
  readonly ended: AdoptInput['ended'];
  /** The workflow ID alone says whose child it is: its input may differ from what would be given now. */
  readonly whateverItsInput?: boolean;
  readonly priority?: Priority | undefined;
}

/** So often others may end it under this workflow before that gives up. */
const STARTS = 5;

/**
 * A child that ends with this workflow, of which there is one however often the workflow is reset: the one that an earlier
 * execution started goes on, and its result is this one's, if it was started with the same input.
 */
export async function ownChild<I, R>(workflow: (input: I) => Promise<R>, child: OwnChild<I>): Promise<R> {
  const {project, workflowId, input, summary, ended} = child;
  const parent = workflowInfo().workflowId;
  let reuse: WorkflowIdReusePolicy =
    ended === 'taken' ? WorkflowIdReusePolicy.REJECT_DUPLICATE : WorkflowIdReusePolicy.ALLOW_DUPLICATE;
  for (let start = 0; start < STARTS; start++) {
    try {
      return await executeChild(workflow, {
        workflowId,
        args: [input],
        // Nobody but this workflow waits for it. It is cancelled, not terminated: what it moved, it takes back.
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        workflowIdReusePolicy: reuse,
        staticSummary: summary,
        ...(child.priority === undefined ? {} : {priority: child.priority}),
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    const end = await executeChild(adopt, {
      workflowId: `${adoptionPrefix(workflowId)}${uuid4().slice(0, 8)}`,
      args: [{project, workflowId, parent, ended, ...(child.whateverItsInput ? {} : {input})}],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      staticSummary: `${summary}, begun before ${parent} was reset`,
    });
    switch (end.status) {
      case 'done':
        return end.result as R;
      case 'failed':
        throw ApplicationFailure.nonRetryable(end.message, end.type);
      case 'cancelled':
        throw new CancelledFailure(`${workflowId} was cancelled`);
      case 'terminated':
        throw ApplicationFailure.nonRetryable(`${workflowId} was terminated`, TERMINATED);
      case 'gone':
        reuse = WorkflowIdReusePolicy.ALLOW_DUPLICATE;
    }
  }
  throw ApplicationFailure.nonRetryable(
    `${workflowId}: ended ${STARTS} times by others while ${parent} waited for it: start the run again`,
    ErrorType.Unavailable,
  );
}

const TERMINATED = 'Terminated';

/** Whether a child was ended without a chance to do anything about it: terminated by hand, or out of time. */
export function endedByForce(error: unknown): boolean {
  const failure = error instanceof ChildWorkflowFailure ? error.cause : error;
  return (
    failure instanceof TerminatedFailure ||
    (error instanceof ChildWorkflowFailure && failure instanceof TimeoutFailure) ||
    (failure instanceof ApplicationFailure && failure.type === TERMINATED)
  );
}
