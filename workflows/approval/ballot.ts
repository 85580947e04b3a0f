import {
  ActivityFailure,
  ApplicationFailure,
  condition,
  isCancellation,
  setCurrentDetails,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import {checkApprover, checkDecision, outcomeOf, starterName} from '../../core/approval/check-decision.ts';
import type {ApprovalState, Counted, KnownKey} from '../../core/approval/check-decision.ts';
import {people} from '../../core/approval/quorum.ts';
import {readSignedDecision} from '../../core/approval/shape.ts';
import {inWords, stillNeeded} from '../../core/approval/still-needed.ts';
import type {ApprovalInput, ApprovalResult, SignedDecision} from '../../schemas/approval.ts';
import {ErrorType} from '../../schemas/errors.ts';
import type {DecideReply, Progress} from '../../schemas/messages.ts';
import {on} from '../activities.ts';
import {approvalDetails} from '../approval-details.ts';
import {rootMessage} from '../root-message.ts';

/** Who has decided what about these digests, and how that stands. */
export class Ballot {
  input: ApprovalInput;
  readonly deadline: number;
  /** Reading the YAML and appending to the audit chain: seconds. Retried for hours: a decision must not be lost to a store that is away. */
  readonly activities: ReturnType<typeof on<'cpu'>>;
  outcome: ApprovalState['outcome'] = null;
  /** Decisions are counted from here on: it is known whose approval this is. */
  opened = false;
  keys: KnownKey[] = [];
  readonly #info = workflowInfo();
  readonly #counted: Counted[] = [];
  readonly #refusals: string[] = [];
  #verifying = 0;

  constructor(input: ApprovalInput) {
    this.input = input;
    this.deadline = Date.now() + input.timeoutMs;
    this.activities = on('cpu', input.project, {startToCloseTimeout: '20 s'});
  }

  /** By what an activity knows this approval. */
  get asked() {
    return {input: this.input, run: this.#info.runId, since: this.#info.startTime.toISOString()};
  }

  get decided(): boolean {
    return this.outcome !== null;
  }

  /** No decision is being verified. */
  get quiet(): boolean {
    return this.#verifying === 0;
  }

  /** Delegator and delegate count once. */
  get approvals(): number {
    return people(this.#counted.filter(({action}) => action === 'approve'));
  }

  /** Whose word is missing, in words. */
  get missing(): string {
    return inWords(stillNeeded(this.state()));
  }

  get progress(): Progress {
    const until = new Date(this.deadline).toISOString().slice(0, 16).replace('T', ' ');
    return {
      stage: 'approval',
      done: this.approvals,
      total: this.input.required,
      unit: 'approvals',
      note: this.outcome ?? `waits until ${until} UTC`,
    };
  }

  state(): ApprovalState {
    const {input, deadline, keys, outcome} = this;
    const {project, digests, starterKey, starterMayApprove, required, quorum, escalation} = input;
    return {
      project,
      run: this.#info.runId,
      digests,
      now: Date.now(),
      deadline,
      keys,
      outcome,
      counted: this.#counted,
      startedBy: starterName(input, keys),
      starterKey,
      starterMayApprove,
      required,
      quorum,
      escalation,
      since: this.#info.startTime.getTime(),
    };
  }

  show(): void {
    setCurrentDetails(approvalDetails({input: this.input, state: this.state(), refusals: this.#refusals}));
  }

  /** Throws DecisionRefused for what no look at a signature can let through. */
  validate(argument: unknown): void {
    const shaped = readSignedDecision(argument);
    const judged = 'refuse' in shaped ? shaped : checkDecision(shaped.decision, this.state());
    if ('refuse' in judged) throw refusal(judged.refuse);
  }

  /** Counts a decision that the validator let through, if its signature holds and no other came first. */
  async decide(decision: SignedDecision): Promise<DecideReply> {
    await condition(() => this.opened);
    const before = checkDecision(decision, this.state());
    if ('refuse' in before) throw this.refused(before.refuse);
    if (before.duplicate) return this.#reply('duplicate');
    this.#verifying += 1;
    try {
      return await this.#verified(decision);
    } finally {
      this.#verifying -= 1;
    }
  }

  /** The same for one that nobody waits for: why it does not count stands in the details. */
  async decideUnasked(argument: unknown): Promise<void> {
    const shaped = readSignedDecision(argument);
    if ('refuse' in shaped) {
      this.refused(shaped.refuse);
      return;
    }
    try {
      await this.decide(shaped.decision);
    } catch (error) {
      // A signal has no answer, and what anybody can send must not fail the workflow.
      if (!(error instanceof TemporalFailure)) throw error;
      if (!isRefusal(error)) this.refused(`could not be checked: ${rootMessage(error)}`);
    }
  }

  async #verified(decision: SignedDecision): Promise<DecideReply> {
    const {payload, signature} = decision;
    const {action, key, comment} = payload;
    const verified = await this.activities.verifyDecision.executeWithOptions(
      {summary: `verify the signature of key ${key}`},
      [{...this.asked, decision}],
    );
    this.keys = verified.keys;
    if (verified.status === 'refused') throw this.refused(verified.reason);

    // Others may have been counted while this one was verified. What arrived in time is in time.
    const {by, publicKey} = verified;
    const vote = {own: verified.own, standsFor: verified.standsFor};
    const at = new Date(Date.now()).toISOString();
    const now =
      this.outcome === null
        ? checkApprover(payload, by, this.state(), vote)
        : {refuse: `already ${this.outcome}: a decision is not taken back`};
    if ('refuse' in now) {
      await this.activities.recordDecision.executeWithOptions(
        {summary: `audit: ${by} decided too late to ${action}`},
        [{...this.asked, decision, by, at, refused: now.refuse}],
      );
      throw this.refused(now.refuse);
    }
    if (now.duplicate) return this.#reply('duplicate');
    this.#counted.push({action, by, key, at, comment, payload, signature, ...vote});
    this.outcome = outcomeOf(this.state());
    this.show();
    await this.activities.recordDecision.executeWithOptions({summary: `audit: ${by} decided to ${action}`}, [
      {...this.asked, decision, by, publicKey, at, refused: null},
    ]);
    return this.#reply('counted');
  }

  /** A ratchet.yaml that cannot be read now is shown, and read again with the next decision. */
  async readKeys(read: () => Promise<KnownKey[]>): Promise<void> {
    try {
      this.keys = await read();
      this.show();
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
      this.refused(`the approvers could not be read: ${rootMessage(error)}`);
    }
  }

  /** Shows it, and gives what whoever waits for an answer is told. */
  refused(reason: string): ApplicationFailure {
    this.#refusals.push(`${new Date(Date.now()).toISOString()}: ${reason}`);
    this.show();
    return refusal(reason);
  }

  result(at: string): ApprovalResult {
    return resultOf(this.input, this.outcome!, this.#counted, at);
  }

  #reply(status: DecideReply['status']): DecideReply {
    const {outcome, approvals, input} = this;
    return {
      status,
      outcome: outcome === 'approved' || outcome === 'rejected' ? outcome : 'pending',
      approvals,
      required: input.required,
    };
  }
}

function refusal(message: string): ApplicationFailure {
  return ApplicationFailure.create({type: ErrorType.DecisionRefused, message, nonRetryable: true});
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
