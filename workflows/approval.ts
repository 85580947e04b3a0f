import {
  allHandlersFinished,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import {escalatedAt, outcomeOf} from '../core/approval/check-decision.ts';
import type {ApprovalInput, ApprovalResult, SignedDecision} from '../schemas/approval.ts';
import {DECIDE, PROGRESS, STANDING} from '../schemas/messages.ts';
import type {ApprovalStanding, DecideReply, Progress, StandingArgument} from '../schemas/messages.ts';
import {short} from '../schemas/names.ts';
import {approvalStanding} from './approval-standing.ts';
import {Ballot} from './approval/ballot.ts';
import {endWithRun} from './end-with-run.ts';
import {ratchetAttributes} from './search-attributes.ts';

export const decideUpdate = defineUpdate<DecideReply, [SignedDecision]>(DECIDE);
export const decideSignal = defineSignal<[SignedDecision]>(DECIDE);
export const approvalProgress = defineQuery<Progress>(PROGRESS);
export const standingQuery = defineQuery<ApprovalStanding, [StandingArgument?]>(STANDING);

/** At most so many reminders, however short their interval: a history has an end. */
const MOST_REMINDERS = 200;

/** Waits for signed decisions about exactly these digests, until enough approve, one rejects, or the time is over. */
export async function approval(asks: ApprovalInput): Promise<ApprovalResult> {
  const ballot = new Ballot(asks);
  // 1. Handlers before anything is awaited: a decision may come with the first task.
  listen(ballot);
  endWithRun(asks.project);
  const {project, verdict} = asks;
  const {release, dataset} = asks.digests;
  upsertSearchAttributes(ratchetAttributes({project, stage: 'approval', verdict, release, dataset}));
  ballot.show();
  await open(ballot);

  // 2. Wait: reminders on the way, and at the deadline only what is being verified still counts.
  await untilDecided(ballot);
  await condition(() => ballot.decided || ballot.quiet);
  ballot.outcome ??= 'expired';
  ballot.show();

  // 3. Nobody who was let in goes without an answer; then the record that a rollout will be checked against.
  await condition(allHandlersFinished);
  const result = ballot.result(new Date(Date.now()).toISOString());
  await ballot.activities.closeApproval.executeWithOptions({summary: `audit: ${ballot.outcome}`}, [
    {...ballot.asked, result},
  ]);
  await condition(allHandlersFinished);
  return result;
}

function listen(ballot: Ballot): void {
  setHandler(approvalProgress, () => ballot.progress);
  setHandler(standingQuery, ({at = Date.now(), keys = ballot.keys} = {}) =>
    approvalStanding(ballot.input, {...ballot.state(), now: at, keys}),
  );
  setHandler(decideUpdate, (decision) => ballot.decide(decision), {
    // Synchronous: what an async validator returns is dropped.
    validator: (argument: unknown) => ballot.validate(argument),
  });
  setHandler(decideSignal, (argument: unknown) => ballot.decideUnasked(argument));
}

/** Sees whose approval it is, and who may decide. */
async function open(ballot: Ballot): Promise<void> {
  const {activities} = ballot;
  const {project, runId} = ballot.input;
  const starter = await activities.openApproval.executeWithOptions(
    {summary: 'whether it is the run’s own, and who started that'},
    [{project, runId, run: workflowInfo().runId}],
  );
  if (starter !== null) ballot.input = {...ballot.input, ...starter};
  ballot.opened = true;
  ballot.show();
  await ballot.readKeys(() =>
    activities.approverKeys.executeWithOptions({summary: 'read who may approve'}, [{project}]),
  );
}

/** Returns when it is decided, or at the deadline. People are reminded on the way, and more are told that they may decide. */
async function untilDecided(ballot: Ballot): Promise<void> {
  const {deadline, input} = ballot;
  const reminder = Math.max(input.reminderMs, Math.ceil(input.timeoutMs / MOST_REMINDERS));
  let told = 0;
  let reminded = Date.now();
  while (!ballot.decided && Date.now() < deadline) {
    // The next of three: a reminder, an escalation, the deadline.
    const {next} = escalatedAt(Date.now(), ballot.state());
    const left = Math.min(deadline, reminded + reminder, next ?? Infinity) - Date.now();
    const summary = `waits for a decision about release ${short(input.digests.release)}`;
    if (await condition(() => ballot.decided, Math.max(1, left), {summary})) break;
    const {names: to} = escalatedAt(Date.now(), ballot.state());
    if (to.length > told && Date.now() < deadline) {
      told = to.length;
      await escalate(ballot, to);
    }
    if (Date.now() < deadline && Date.now() >= reminded + reminder) {
      reminded = Date.now();
      await remind(ballot);
    }
  }
}

async function escalate(ballot: Ballot, to: readonly string[]): Promise<void> {
  // Whoever has approved may be enough now that they count in every group.
  ballot.outcome ??= outcomeOf(ballot.state());
  const about = {...ballot.asked, to, deadline: iso(ballot.deadline), missing: ballot.missing};
  await ballot.readKeys(() =>
    ballot.activities.tellPeople.executeWithOptions({summary: `${to.join(', ')} may decide too now`}, [
      about,
    ]),
  );
}

async function remind(ballot: Ballot): Promise<void> {
  const {asked, deadline, approvals, missing} = ballot;
  await ballot.readKeys(() =>
    ballot.activities.remindApprovers.executeWithOptions({summary: 'remind the approvers'}, [
      {...asked, deadline: iso(deadline), approvals, missing},
    ]),
  );
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
