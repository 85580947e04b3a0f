import {CancellationScope, isCancellation, setCurrentDetails} from '@temporalio/workflow';
import type {LifecycleResult} from '../schemas/lifecycle.ts';
import type {RunChange} from '../schemas/run.ts';
import type {LifecycleInput} from '../schemas/stage.ts';
import {approved} from './lifecycle/approved.ts';
import {candidate} from './lifecycle/candidate.ts';
import {data} from './lifecycle/data.ts';
import {judged} from './lifecycle/judged.ts';
import {rolledOut} from './lifecycle/rolled-out.ts';
import {now, Run} from './lifecycle/run.ts';
import {training} from './lifecycle/training.ts';
import {rootMessage} from './root-message.ts';

/** The whole life of a candidate. Every other end than `promoted` is a result, not a failure. */
export async function lifecycle(input: LifecycleInput): Promise<LifecycleResult> {
  const run = new Run(input);
  run.tag({project: input.project, stage: 'curate'});
  try {
    await run.open();
    const result = await steps(run);
    // What an earlier execution of this run started must not outlive it.
    if (result.rollout === null) await run.withdraw('nothing of this run goes on', null);
    run.board.status = 'done';
    const {status, reason: note, gauntlet} = result;
    await run.record(`the run's end: ${status}`, {
      status: 'done',
      endedAt: now(),
      outcome: status,
      note,
      verdict: gauntlet.verdict,
    });
    setCurrentDetails(`**${status}**: ${note}`);
    return result;
  } catch (error) {
    await failed(run, error);
    throw error;
  }
}

async function steps(run: Run): Promise<LifecycleResult> {
  const dataset = await data(run);
  const trained = await training(run, dataset);
  const made = await candidate(run, dataset, trained);
  const judgement = await judged(run, made);
  if ('end' in judgement) return judgement.end;
  const approval = await approved(run, judgement.value);
  if ('end' in approval) return approval.end;
  return rolledOut(run, judgement.value, approval.value);
}

/** What failed, and where, stands in the run's record. */
async function failed(
  {board, former, store, id: run, input: {project}, opened}: Run,
  error: unknown,
): Promise<void> {
  board.status = isCancellation(error) ? 'cancelled' : 'failed';
  const change: RunChange = {
    status: board.status,
    endedAt: now(),
    note: rootMessage(error),
    ...(board.failed === null ? {} : {stages: board.record(board.failed)}),
  };
  // A run that failed before it was recorded has no record to change: its own error is the one to tell.
  await CancellationScope.nonCancellable(async () => {
    await former.withdrawOthers
      .executeWithOptions({summary: 'nothing of this run goes on'}, [{run, keep: null}])
      .catch(() => undefined);
    await store.recordRun.executeWithOptions({summary: `record the run's end: ${board.status}`}, [
      {project, run, change, opened},
    ]);
  }).catch(() => undefined);
}
