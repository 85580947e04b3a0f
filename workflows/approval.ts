import {
  ActivityFailure,
  allHandlersFinished,
  ApplicationFailure,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  isCancellation,
  setCurrentDetails,
  setHandler,
  TemporalFailure,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import {escalatedAt, judgeApprover, judgeDecision, outcomeOf, starterName} from '../core/approval/judge.ts';
import type {ApprovalState, Counted, KnownKey} from '../core/approval/judge.ts';
import {people} from '../core/approval/quorum.ts';
import {readSignedDecision} from '../core/approval/shape.ts';
import {inWords, stillNeeded} from '../core/approval/still-needed.ts';
import type {ApprovalInput, ApprovalResult, SignedDecision} from '../schemas/approval.ts';
import {ErrorType} from '../schemas/errors.ts';
import {DECIDE, PROGRESS, STANDING} from '../schemas/messages.ts';
import type {ApprovalStanding, DecideReply, Progress, StandingArgument} from '../schemas/messages.ts';
import {short} from '../schemas/names.ts';
import {approvalDetails} from './approval-details.ts';
import {on} from './activities.ts';
import {approvalStanding} from './approval-standing.ts';
import {endWithRun} from './end-with-run.ts';
import {rootMessage} from './root-message.ts';
import {ratchetAttributes} from './search-attributes.ts';

export const decideUpdate = defineUpdate<DecideReply, [SignedDecision]>(DECIDE);
export const decideSignal = defineSignal<[SignedDecision]>(DECIDE);
export const approvalProgress = defineQuery<Progress>(PROGRESS);
export const standingQuery = defineQuery<ApprovalStanding, [StandingArgument?]>(STANDING);

/** At most so many reminders, however short their interval: a history has an end. */
const MOST_REMINDERS = 200;

/** Waits for signed decisions about exactly these digests, until enough approve, one rejects, or the time is over. */
export async function approval(asks: ApprovalInput): Promise<ApprovalResult> {
  let input = asks;
  // Reading the YAML and appending to the audit chain: seconds. Retried for hours, since a decision must not be lost
  // to a store that is away.
  const activities = on('cpu', input.project, {startToCloseTimeout: '20 s'});

  const {runId: run, startTime} = workflowInfo();
  let asked = {input, run, since: startTime.toISOString()};
  const deadline = Date.now() + input.timeoutMs;
  const counted: Counted[] = [];
  const refusals: string[] = [];
  let keys: KnownKey[] = [];
  let outcome: ApprovalState['outcome'] = null;
  let verifying = 0;
  let opened = false;

  const state = (): ApprovalState => ({
    ...{
      project: input.project,
      run,
      digests: input.digests,
      now: Date.now(),
      deadline,
      keys,
      counted,
      outcome,
    },
    ...{startedBy: starterName(input, keys), starterKey: input.starterKey},
    ...{starterMayApprove: input.starterMayApprove, required: input.required},
    ...{quorum: input.quorum, escalation: input.escalation, since: startTime.getTime()},
  });
  const missing = (): string => inWords(stillNeeded(state()));
  /** Delegator and delegate count once. */
  const approvals = (): number => people(counted.filter(({action}) => action === 'approve'));
  const show = (): void => setCurrentDetails(approvalDetails({input, state: state(), refusals}));
  const reply = (status: DecideReply['status']): DecideReply => ({
    status,
    outcome: outcome === 'approved' || outcome === 'rejected' ? outcome : 'pending',
    approvals: approvals(),
    required: input.required,
  });
  const refused = (reason: string): ApplicationFailure => {
    refusals.push(`${new Date(Date.now()).toISOString()}: ${reason}`);
    show();
    return ApplicationFailure.create({type: ErrorType.DecisionRefused, message: reason, nonRetryable: true});
  };

  /** Counts a decision that the validator let through, if its signature holds and no other came first. */
  async function decide(decision: SignedDecision): Promise<DecideReply> {
    await condition(() => opened);
    const before = judgeDecision(decision, state());
    if ('refuse' in before) throw refused(before.refuse);
    if (before.duplicate) return reply('duplicate');

    verifying += 1;
    try {
      const {payload, signature} = decision;
      const verified = await activities.verifyDecision.executeWithOptions(
        {summary: `verify the signature of key ${payload.key}`},
        [{...asked, decision}],
      );
      keys = verified.keys;
      if (verified.status === 'refused') throw refused(verified.reason);

      // Others may have been counted while this one was verified. What arrived in time is in time.
      const {by, publicKey} = verified;
      const vote = {own: verified.own, standsFor: verified.standsFor};
      const at = new Date(Date.now()).toISOString();
      const now =
        outcome === null
          ? judgeApprover(payload, by, state(), vote)
          : {refuse: `already ${outcome}: a decision is not taken back`};
      if ('refuse' in now) {
        await activities.recordDecision.executeWithOptions(
          {summary: `audit: ${by} decided too late to ${payload.action}`},
          [{...asked, decision, by, at, refused: now.refuse}],
        );
        throw refused(now.refuse);
      }
      if (now.duplicate) return reply('duplicate');
      counted.push({
        action: payload.action,
        by,
        key: payload.key,
        at,
        comment: payload.comment,
        payload,
        signature,
        ...vote,
      });
      outcome = outcomeOf(state());
      show();
      await activities.recordDecision.executeWithOptions(
        {summary: `audit: ${by} decided to ${payload.action}`},
        [{...asked, decision, by, publicKey, at, refused: null}],
      );
      return reply('counted');
    } finally {
      verifying -= 1;
    }
  }

  /** A ratchet.yaml that cannot be read now is shown, and read again with the next decision. */
  async function readKeys(read: () => Promise<KnownKey[]>): Promise<void> {
    try {
      keys = await read();
      show();
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      refused(`the approvers could not be read: ${rootMessage(error)}`);
    }
  }

  // 1. Handlers before anything is awaited: a decision may come with the first task.
  setHandler(approvalProgress, () => ({
    stage: 'approval',
    done: approvals(),
    total: input.required,
    unit: 'approvals',
    note: outcome ?? `waits until ${new Date(deadline).toISOString().slice(0, 16).replace('T', ' ')} UTC`,
  }));
  setHandler(standingQuery, ({at = Date.now(), keys: read = keys} = {}) =>
    approvalStanding(input, {...state(), now: at, keys: read}),
  );
  setHandler(decideUpdate, decide, {
    // Synchronous: what an async validator returns is dropped.
    validator: (argument: unknown) => {
      const shaped = readSignedDecision(argument);
      const judged = 'refuse' in shaped ? shaped : judgeDecision(shaped.decision, state());
      if ('refuse' in judged) {
        throw ApplicationFailure.create({
          type: ErrorType.DecisionRefused,
          message: judged.refuse,
          nonRetryable: true,
        });
      }
    },
  });
  setHandler(decideSignal, async (argument: unknown) => {
    const shaped = readSignedDecision(argument);
    if ('refuse' in shaped) {
      refused(shaped.refuse);
      return;
    }
    try {
      await decide(shaped.decision);
    } catch (error) {
      // A signal has no answer, and what anybody can send must not fail the workflow: the reason stands in the details.
      if (!(error instanceof TemporalFailure)) throw error;
      if (!isRefusal(error)) refused(`could not be checked: ${rootMessage(error)}`);
    }
  });

  endWithRun(input.project);
  const {release, dataset} = input.digests;
  upsertSearchAttributes(
    ratchetAttributes({project: input.project, stage: 'approval', verdict: input.verdict, release, dataset}),
  );
  show();
  const {project, runId} = input;
  const starter = await activities.openApproval.executeWithOptions(
    {summary: 'whether it is the run’s own, and who started that'},
    [{project, runId, run}],
  );
  if (starter !== null) input = {...input, ...starter};
  asked = {...asked, input};
  opened = true;
  show();
  await readKeys(() =>
    activities.approverKeys.executeWithOptions({summary: 'read who may approve'}, [{project: input.project}]),
  );

  // 2. Wait: reminders on the way, and at the deadline only what is being verified still counts.
  const decided = (): boolean => outcome !== null;
  const reminder = Math.max(input.reminderMs, Math.ceil(input.timeoutMs / MOST_REMINDERS));
  let told = 0;
  let reminded = Date.now();
  while (!decided() && Date.now() < deadline) {
    // The next of three: a reminder, an escalation, the deadline.
    const {next} = escalatedAt(Date.now(), state());
    const left = Math.min(deadline, reminded + reminder, next ?? Infinity) - Date.now();
    const summary = `waits for a decision about release ${short(release)}`;
    if (await condition(decided, Math.max(1, left), {summary})) break;
    const {names: to} = escalatedAt(Date.now(), state());
    if (to.length > told && Date.now() < deadline) {
      told = to.length;
      // Whoever has approved may be enough now that they count in every group.
      outcome ??= outcomeOf(state());
      const about = {...asked, to, deadline: new Date(deadline).toISOString(), missing: missing()};
      await readKeys(() =>
        activities.tellPeople.executeWithOptions({summary: `${to.join(', ')} may decide too now`}, [about]),
      );
    }
    if (Date.now() < deadline && Date.now() >= reminded + reminder) {
      reminded = Date.now();
      await readKeys(() =>
        activities.remindApprovers.executeWithOptions({summary: 'remind the approvers'}, [
          {...asked, deadline: new Date(deadline).toISOString(), approvals: approvals(), missing: missing()},
        ]),
      );
    }
  }
  await condition(() => decided() || verifying === 0);
  outcome ??= 'expired';
  show();

  // 3. Nobody who was let in goes without an answer; then the record that a rollout will be checked against.
  await condition(allHandlersFinished);
  const result = resultOf(input, outcome, counted, new Date(Date.now()).toISOString());
  await activities.closeApproval.executeWithOptions({summary: `audit: ${outcome}`}, [{...asked, result}]);
  await condition(allHandlersFinished);
  return result;
}

function isRefusal(error: unknown): boolean {
  return error instanceof ApplicationFailure && error.type === ErrorType.DecisionRefused;
}

function resultOf(
  {digests}: ApprovalInput,
  status: NonNullable<ApprovalState['outcome']>,
  counted: readonly Counted[],
  at: string,
): ApprovalResult {
  const decisions = counted.map(({action, by, key, at: when, comment}) => ({
    action,
    by,
    key,
    at: when,
    comment,
  }));
  if (status !== 'rejected') return {status, digests, decisions, at};
  const comment = decisions.find(({action}) => action === 'reject')?.comment ?? '';
  return {status, digests, decisions, comment, at};
}
