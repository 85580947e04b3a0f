import type {Client} from '@temporalio/client';
import {digestOf} from '../../core/identity/digest.ts';
import {DriftReport, MonitorLook} from '../../schemas/drift.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {CHECK_NOW} from '../../schemas/messages.ts';
import {monitorWorkflowId, retrainWorkflowId} from '../../schemas/names.ts';
import {ReplayOutcome} from '../../schemas/replay.ts';
import {RetrainResult} from '../../schemas/retrain.ts';
import {known} from '../../schemas/tolerant.ts';
import type {Stores} from '../../stores/stores.ts';
import {say} from '../output.ts';
import {Unanswered} from './ask-person.ts';
import {attend, type Attendance} from './attend.ts';
import {Progress} from './progress.ts';
import {askAll, type Mail} from './users.ts';

export interface Later {
  readonly stores: Stores;
  readonly project: string;
  /** The release that answers. */
  readonly release: string;
  readonly mails: readonly Mail[];
  /** Users who ask at a time. */
  readonly concurrency: number;
  readonly attendance: Omit<Attendance, 'run'>;
  /** Settles when the gateway answers, or cannot. */
  readonly canAsk: () => Promise<unknown>;
  /** A person looks at what the users said, once it is stored. */
  readonly review: () => Promise<void>;
}

/**
 * Later traffic: every mail once through the gateway, by users who correct wrong answers; a person reviews what they said; then
 * the monitor looks, and if it
 * starts a retrain, that is followed to its end. What became of it is kept by (batch, release), and found the second time.
 */
export async function replay(
  later: Later,
): Promise<{outcome: ReplayOutcome; cached: boolean; seconds: Record<string, number>}> {
  const {stores, project, release, mails} = later;
  const key = digestOf({stage: 'replay', project, release, batch: mails.map(({row}) => row).sort()});
  const found = await stores.cache.find('replay', key);
  if (found) return {outcome: known(ReplayOutcome).parse(found.result), cached: true, seconds: {}};

  await later.canAsk();
  const started = Date.now();
  const {corrections, refused} = await ask(later);
  const replayed = Date.now();
  // Traces and feedback are written in batches: what comes now sees the last of them.
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  await later.review();
  const look = await lookNow(later.attendance.client, project);
  const report = look.check?.drift.report ?? null;
  say(`drift: ${look.note}`);
  const looked = Date.now();
  const retrain =
    look.retrain === 'started' || look.retrain === 'running' ? await followRetrain(later) : null;
  const outcome: ReplayOutcome = {
    v: 1,
    release,
    answers: mails.length - refused,
    corrections,
    refused,
    drift: {drifted: look.check?.drift.drifted ?? false, columns: look.check?.drift.columns ?? [], report},
    retrain: retrain && {
      run: retrain.run,
      status: retrain.status,
      verdict: retrain.verdict,
      promoted: retrain.promoted,
      release: retrain.release,
    },
  };
  if (report) await stores.artifacts.getJson(report, DriftReport);
  await stores.cache.store({
    v: 1,
    stage: 'replay',
    key,
    project,
    at: new Date().toISOString(),
    result: outcome,
    artifacts: report ? [report] : [],
  });
  const seconds = {
    replay: (replayed - started) / 1000,
    monitor: (looked - replayed) / 1000,
    ...(retrain ? {retrain: (Date.now() - looked) / 1000} : {}),
  };
  return {outcome, cached: false, seconds};
}

async function ask({mails, attendance, concurrency}: Later): Promise<{corrections: number; refused: number}> {
  const progress = new Progress('replay', mails.length, 'mails');
  let corrections = 0;
  let refused = 0;
  await askAll(attendance.users, mails, {
    concurrency,
    ...(attendance.signal ? {signal: attendance.signal} : {}),
    onAnswer: (conversation, {row}) => {
      if (conversation.status === 'refused') {
        refused++;
        say(`replay: the gateway refused ${row}: ${conversation.reason}`);
      } else if (!conversation.right) corrections++;
      progress.add(1, `${corrections} corrected${refused > 0 ? `, ${refused} refused` : ''}`);
    },
  });
  attendance.signal?.throwIfAborted();
  progress.end();
  return {corrections, refused};
}

async function lookNow(client: Client, project: string): Promise<MonitorLook> {
  const monitor = client.workflow.getHandle(monitorWorkflowId(project));
  return MonitorLook.parse(await monitor.executeUpdate(CHECK_NOW));
}

async function followRetrain({attendance, project}: Later): Promise<RetrainResult> {
  const handle = attendance.client.workflow.getHandle(retrainWorkflowId(project));
  const run = await lifecycleOf(attendance.client, project);
  if (run) {
    say(`the monitor started a retrain: ${run}`);
    await attend({...attendance, run}).catch((error: unknown) => {
      // The retrain says itself how its run failed; a question that was left stands.
      if (error instanceof Unanswered || !(error instanceof RatchetError)) throw error;
    });
  }
  return RetrainResult.parse(await handle.result());
}

/** The lifecycle run that the retrain started; null if it ended before it could be seen. */
async function lifecycleOf(client: Client, project: string): Promise<string | null> {
  const handle = client.workflow.getHandle(retrainWorkflowId(project));
  for (;;) {
    const {raw, status} = await handle.describe();
    const child = raw.pendingChildren?.find(({workflowTypeName}) => workflowTypeName === 'lifecycle');
    // Listed from when it was asked for; it is there when it has a run.
    if (child?.workflowId && child.runId) return child.workflowId;
    if (status.name !== 'RUNNING') return null;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
