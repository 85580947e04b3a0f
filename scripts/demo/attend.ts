import {isCancel, select} from '@clack/prompts';
import {WorkflowFailedError, type Client} from '@temporalio/client';
import {ApprovalInput} from '../../schemas/approval.ts';
import {RolloutInput} from '../../schemas/deployment.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {LifecycleResult} from '../../schemas/lifecycle.ts';
import type {LifecycleProgress} from '../../schemas/messages.ts';
import {approvalWorkflowId, rolloutWorkflowId, short} from '../../schemas/names.ts';
import type {SigningKey} from '../../stores/keys.ts';
import {follow} from '../cli/follow.ts';
import {say} from '../cli/output.ts';
import {runProgress} from '../cli/run-source.ts';
import {startedWith} from '../cli/running-workflows.ts';
import {sendDecision} from '../cli/send-decision.ts';
import {askAll, type Mail, type Users} from './users.ts';

export interface Attendance {
  readonly client: Client;
  readonly run: string;
  readonly key: SigningKey;
  /** Asks a person for the decision; else the demo key decides, and it is said. */
  readonly interactive: boolean;
  readonly users: Users;
  /** What the users ask while a release that was trained on this dataset is rolled out: rows held back from training. */
  readonly traffic: (dataset: string) => Promise<readonly Mail[]>;
  readonly concurrency: number;
}

/**
 * Stays with a run until it ends: shows it, decides about its approval, and lets users ask while it is rolled out. Throws
 * the run's own failure, in one line.
 */
export async function attend(a: Attendance): Promise<LifecycleResult> {
  let view: LifecycleProgress | undefined;
  for (;;) {
    const leave = new AbortController();
    const source = watched(runProgress(a.client, a.run, 1_000), (now) => {
      view = now;
      // The screen is needed for a question, and users are needed for a rollout.
      if (running(now, 'approval') || running(now, 'rollout')) leave.abort();
    });
    await follow(source, {stream: process.stderr, live: process.stderr.isTTY}, leave.signal);
    if (!leave.signal.aborted) return ending(a);
    if (view && running(view, 'approval')) await decide(a);
    else await rollOut(a);
  }
}

function running(view: LifecycleProgress, name: string): boolean {
  return view.stages.some(({stage, status}) => stage === name && status === 'running');
}

async function* watched<T>(
  source: AsyncIterable<T>,
  look: (item: T) => void,
): AsyncGenerator<T, void, undefined> {
  for await (const item of source) {
    yield item;
    look(item);
  }
}

async function ending({client, run}: Attendance): Promise<LifecycleResult> {
  try {
    return LifecycleResult.parse(await client.workflow.getHandle(run).result());
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    let cause: Error = error;
    while (cause.cause instanceof Error) cause = cause.cause;
    throw new RatchetError('Unavailable', `${run} failed: ${cause.message}`, {cause: error});
  }
}

async function decide({client, run, key, interactive}: Attendance): Promise<void> {
  const handle = client.workflow.getHandle(approvalWorkflowId(run));
  const {runId, status} = await handle.describe();
  if (status.name !== 'RUNNING') return;
  const input = ApprovalInput.parse(await startedBy(client, handle.workflowId));
  const waiting = {workflowId: handle.workflowId, runId, input};
  const {release} = input.digests;
  let action: 'approve' | 'reject' = 'approve';
  let comment = 'approved by the demo';
  if (interactive) {
    const chosen = await select({
      message: `Release ${short(release)} passed its gates (${waiting.input.verdict}). Your decision? (report: npx ratchet report ${short(release)})`,
      options: [
        {value: 'approve' as const, label: 'approve it'},
        {value: 'reject' as const, label: 'reject it'},
      ],
      output: process.stderr,
    });
    if (isCancel(chosen))
      throw new RatchetError(
        'DecisionRefused',
        `no decision: the run goes on; npx ratchet approve ${short(release)}`,
      );
    action = chosen;
    comment = 'decided at the terminal of the demo';
  } else {
    say(
      `approval: nobody is asked here, so the demo key ${key.id} approves release ${short(release)}; the project lets its starter approve`,
    );
  }
  await sendDecision(client, waiting, {action, key, comment});
  // Counted; the run moves on by itself. Wait until it has, so that nothing is decided twice.
  await handle.result();
}

/** Users ask until the rollout has seen enough; mails are asked again, by others, where they do not suffice. */
async function rollOut(a: Attendance): Promise<void> {
  const done = new AbortController();
  const {proof} = RolloutInput.parse(await startedBy(a.client, rolloutWorkflowId(a.run)));
  const pump = pumpUntil(a, await a.traffic(proof.approval.digests.dataset), done.signal);
  try {
    await follow(runProgress(a.client, a.run, 1_000), {stream: process.stderr, live: process.stderr.isTTY});
  } finally {
    done.abort();
    await pump;
  }
}

async function pumpUntil(
  {users, concurrency, run}: Attendance,
  traffic: readonly Mail[],
  signal: AbortSignal,
): Promise<void> {
  for (let round = 0; !signal.aborted && traffic.length > 0; round++) {
    const asked = traffic.map((mail) => ({...mail, user: `${mail.row} ${run} ${round}`}));
    await askAll(users, asked, {concurrency, signal, onAnswer: () => undefined});
  }
}

async function startedBy(client: Client, workflowId: string): Promise<unknown> {
  const {runId} = await client.workflow.getHandle(workflowId).describe();
  return startedWith(client, workflowId, runId);
}
