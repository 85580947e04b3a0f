import {setTimeout as delay} from 'node:timers/promises';
import {WorkflowFailedError} from '@temporalio/client';
import {ApprovalInput} from '../../schemas/approval.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {RolloutInput} from '../../schemas/deployment.ts';
import {LifecycleResult} from '../../schemas/lifecycle.ts';
import {ABORT, PROGRESS, PROMOTE} from '../../schemas/messages.ts';
import type {LifecycleProgress, Progress, StageProgress} from '../../schemas/messages.ts';
import {approvalWorkflowId, rolloutWorkflowId, short} from '../../schemas/names.ts';
import type {SigningKey} from '../../stores/access/keys.ts';
import {projectOfRun} from '../find-run.ts';
import {follow, type Said} from '../follow.ts';
import {say} from '../output.ts';
import {RunsClient} from '../../client/runs.ts';
import {startedWith} from '../../client/running-workflows.ts';
import {sendAct} from '../send-act.ts';
import {sendDecision} from '../../client/send-decision.ts';
import {askPerson} from './ask-person.ts';
import {DEMO_KEY} from './demo-key.ts';
import {RolloutUsers, type Asking} from './rollout-users.ts';
import {ownCommand} from '../own-command.ts';

export interface Attendance extends Asking {
  readonly key: SigningKey;
  /** Asks a person for the decision; else the demo key decides, and it is said. */
  readonly interactive: boolean;
  /** Nothing is approved before. */
  readonly decideAfter?: Promise<void>;
  /** Ends the attendance, not the run: the reason is thrown. */
  readonly signal?: AbortSignal;
  /** Called when a stage that asks engines runs, or users are about to. */
  readonly serve?: () => void;
  /** Told of the run when it is attended, and of null when it has ended. */
  readonly attending?: (run: string | null) => void;
}

/** What the run waits for somebody to say. */
type Waits = {readonly on: 'approval'} | {readonly on: 'rollout'; readonly reason: string};

/**
 * Stays with a run until it ends: shows it, decides about its approval, lets users ask while it is rolled out, and says
 * whether an inconclusive rollout goes on. Throws the run's own failure, in one line, and Unanswered where a person
 * leaves a question.
 */
export async function attend(a: Attendance): Promise<LifecycleResult> {
  a.attending?.(a.run);
  const said = new Map<string, Said>();
  const users = new RolloutUsers(a);
  try {
    for (;;) {
      let waits: Waits | undefined;
      // The screen is needed for a question.
      const leave = new AbortController();
      const source = watched(new RunsClient({client: a.client}).follow(a.run, {everyMs: 1_000}), (view) => {
        if (SERVED.some((stage) => stageOf(view, stage))) a.serve?.();
        if (stageOf(view, 'rollout')) users.come();
        waits = waitsFor(view);
        if (waits || users.failure) leave.abort();
      });
      const over = AbortSignal.any([leave.signal, ...(a.signal ? [a.signal] : [])]);
      await follow(source, {stream: process.stderr, live: process.stderr.isTTY, said}, over);
      a.signal?.throwIfAborted();
      if (users.failure) throw users.failure;
      if (!leave.signal.aborted) return await ending(a).finally(() => a.attending?.(null));
      if (waits?.on === 'rollout') await goOnOrBack(a, waits.reason);
      else await decide(a);
    }
  } finally {
    await users.leave();
  }
}

/** Stages during which engines are asked. A stage that is found by its key is hardly ever seen at work. */
const SERVED = ['gauntlet', 'rollout'];

/** A stage in work. */
function stageOf(view: LifecycleProgress, name: string): StageProgress | undefined {
  return view.stages.find(({stage, status}) => stage === name && status === 'running');
}

function waitsFor(view: LifecycleProgress): Waits | undefined {
  if (stageOf(view, 'approval')) return {on: 'approval'};
  const reason = stageOf(view, 'rollout')?.progress?.asks;
  return reason === undefined ? undefined : {on: 'rollout', reason};
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

async function decide(a: Attendance): Promise<void> {
  const {client, run, key, interactive, signal} = a;
  await Promise.race([a.decideAfter, aborted(signal)]);
  signal?.throwIfAborted();
  const handle = client.workflow.getHandle(approvalWorkflowId(run));
  const {runId, status} = await handle.describe();
  if (status.name !== 'RUNNING') return;
  const input = ApprovalInput.parse(await startedWith(client, handle.workflowId, runId));
  const waiting = {workflowId: handle.workflowId, runId, input};
  const {project} = input;
  const {release} = input.digests;
  let action: 'approve' | 'reject' = 'approve';
  let comment = 'approved by the demo';
  if (interactive) {
    const chosen = await askPerson({
      message: `Release ${short(release)} passed its gates (${waiting.input.verdict}). Your decision? (report: ${ownCommand()} report ${short(release)} --project ${project})`,
      answers: {approve: 'approve it', reject: 'reject it'},
      settled: () => Promise.race([handle.result(), aborted(signal)]),
      unanswered: `no decision: the run waits for ${ownCommand()} approve ${short(release)} --project ${project} (or reject)`,
    });
    if (chosen === null) {
      signal?.throwIfAborted();
      say('approval: decided elsewhere');
      return;
    }
    action = chosen;
    comment = 'decided at the terminal of the demo';
  } else {
    say(
      `approval: nobody is asked here, so the demo key ${key.id} approves release ${short(release)}; the project lets its starter approve`,
    );
  }
  try {
    await sendDecision(client, waiting, {action, key, comment});
  } catch (error) {
    // Somebody was faster by a moment.
    if ((await handle.describe()).status.name === 'RUNNING') throw error;
  }
  // Counted; the run moves on by itself. Wait until it has, so that nothing is decided twice.
  await handle.result();
}

/** Resolves when a signal is aborted; never without one. */
function aborted(signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener('abort', () => resolve(), {once: true});
  });
}

/** An inconclusive rollout needs a person; where none can be asked, the candidate is not let through. */
async function goOnOrBack(
  {client, run, key, interactive, signal}: Attendance,
  reason: string,
): Promise<void> {
  const rollout = rolloutWorkflowId(run);
  const handle = client.workflow.getHandle(rollout);
  const movedOn = async (left?: AbortSignal): Promise<void> => {
    while (
      !left?.aborted &&
      (await handle.describe()).status.name === 'RUNNING' &&
      (await handle.query<Progress>(PROGRESS)).asks === reason
    )
      await delay(300);
  };
  let act: typeof PROMOTE | typeof ABORT = ABORT;
  let comment = 'no person at the demo';
  if (interactive) {
    const chosen = await askPerson({
      message: `The rollout is inconclusive (${reason}). Go on?`,
      answers: {[PROMOTE]: 'go on with the next step', [ABORT]: 'back to stable'},
      settled: (left) => Promise.race([movedOn(left), aborted(signal)]),
      unanswered: `nothing was said: the rollout waits for ${ownCommand()} promote --project ${projectOfRun(run) ?? 'NAME'} (or abort)`,
    });
    if (chosen === null) {
      signal?.throwIfAborted();
      say('rollout: decided elsewhere');
      return;
    }
    act = chosen;
    comment = 'decided at the terminal of the demo';
  } else say(`rollout: inconclusive (${reason}); nobody is asked here, so the demo takes it back to stable`);
  const {runId} = await handle.describe();
  const {project, release} = RolloutInput.pick({project: true, release: true})
    .loose()
    .parse(await startedWith(client, rollout, runId));
  const by = {name: DEMO_KEY, key: key.id, signing: key};
  await sendAct(client, {workflowId: rollout, runId, project, release}, act, {by, comment});
  // Taken; the rollout moves on by itself. Wait until it has, so that nothing is said twice.
  await movedOn();
}
