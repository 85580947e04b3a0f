import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  isCancellation,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import {lifecycleWorkflowId, short} from '../schemas/names.ts';
import type {RetrainInput, RetrainResult} from '../schemas/retrain.ts';
import {on} from './activities.ts';
import {lifecycle} from './forward.ts';
import {ownChild} from './own-child.ts';
import {rootMessage} from './root-message.ts';
import {ratchetAttributes} from './search-attributes.ts';

/**
 * The same lifecycle again, with the live release as parent and users' corrections up to now as data. However it ends is a
 * result: a candidate that is refused, inconclusive or rejected has been dealt with rightly.
 */
export async function retrain(input: RetrainInput): Promise<RetrainResult> {
  // Reads pointers and settings, hashes the base model's file once a machine; enters a run that failed.
  const {prepareRetrain, recordFailedRetrain} = on('cpu', input.project, {
    startToCloseTimeout: '5 min',
    retry: {maximumAttempts: 50},
  });
  upsertSearchAttributes(ratchetAttributes({project: input.project, stage: 'retrain'}));
  // The same, however often this workflow is reset: its run is one, and so is its data.
  const {startTime, firstExecutionRunId} = workflowInfo();
  const cut = startTime.toISOString();
  const random = firstExecutionRunId.replaceAll('-', '').slice(-6);
  const run = lifecycleWorkflowId(input.project, compact(cut), random);
  const because = `because of ${input.reason.replace('_', ' ')}, started by ${input.startedBy}`;
  setCurrentDetails(`**Retrains** ${because}; feedback up to ${cut}. Run \`${run}\``);
  const ended = (result: RetrainResult): RetrainResult => {
    setCurrentDetails(`**${result.status}**, ${because}: ${result.reason}. Run \`${run}\``);
    return result;
  };

  try {
    const prepared = await prepareRetrain.executeWithOptions({summary: `feedback up to ${cut}`}, [
      {...input, cut},
    ]);
    const result = await ownChild(lifecycle, {
      project: input.project,
      workflowId: run,
      input: prepared,
      summary: `A candidate of ${input.project}, retrained ${because}`,
      ended: 'taken',
      // The settings may be others by now: the run goes on by its own.
      whateverItsInput: true,
      priority: {priorityKey: prepared.priority},
    });
    const {status, reason, gauntlet, release} = result;
    upsertSearchAttributes(ratchetAttributes({release, verdict: gauntlet.verdict}));
    const promoted = status === 'promoted';
    return ended({
      status,
      run,
      promoted,
      release,
      verdict: gauntlet.verdict,
      reason: `release ${short(release)}: ${reason}`,
    });
  } catch (error) {
    // What an adopted run says, it says itself.
    const ofRun = error instanceof ChildWorkflowFailure || error instanceof ApplicationFailure;
    if (!(ofRun || error instanceof ActivityFailure) || isCancellation(error)) throw error;
    const reason = rootMessage(error);
    const endedAt = new Date(Date.now()).toISOString();
    // Where not even that can be written, the failure is still this retrain's result.
    await recordFailedRetrain
      .executeWithOptions({summary: 'see that the failed run is in the records'}, [
        {...input, run, startedAt: cut, endedAt, note: reason},
      ])
      .catch((failure: unknown) => {
        if (!(failure instanceof ActivityFailure) || isCancellation(failure)) throw failure;
      });
    const started = ofRun ? run : '';
    return ended({status: 'failed', run: started, reason, promoted: false, verdict: null, release: null});
  }
}

/** `20021203T114636Z` */
function compact(iso: string): string {
  return `${iso.slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}
