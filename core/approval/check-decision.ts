import type {Delegation} from '../../schemas/access.ts';
import type {DecisionPayload, Escalation, QuorumGroup, SignedDecision} from '../../schemas/approval.ts';
import {DECISION_LASTS_MS, outOfTime} from './lifetime.ts';
import {reached, standings} from './quorum.ts';

/**
 * What can be judged of a decision without cryptography and without asking anybody: runs inside the approval workflow's
 * synchronous validator. Imports nothing at run time but lifetime.ts and quorum.ts.
 */

/** A decision that was verified and counts. `by` is the approver's configured name, `key` the key it was signed with. */
export interface Counted {
  readonly action: 'approve' | 'reject';
  readonly by: string;
  readonly key: string;
  readonly at: string;
  readonly comment: string;
  readonly payload: DecisionPayload;
  readonly signature: string;
  /** Whether they are an approver themselves (they are, if missing), and in whose place they decided. */
  readonly own?: boolean | undefined;
  readonly standsFor?: readonly string[] | undefined;
}

/** A key of the project's people with the name and roles of its owner. `id` is the key id, never the key. */
export interface KnownKey {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
  /** What was delegated by this key and stood when it was read; nothing if missing. */
  readonly delegations?: readonly Delegation[] | undefined;
}

export interface ApprovalState {
  readonly project: string;
  /** The approval workflow's Temporal run ID. */
  readonly run: string;
  readonly digests: DecisionPayload['digests'];
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly deadline: number;
  /** Keys as last read, to tell names by; they may be others since, so keys and roles are for the activity to judge. */
  readonly keys: readonly KnownKey[];
  readonly startedBy: string;
  /** Key id of the one who started the run, '' if none. */
  readonly starterKey: string;
  readonly starterMayApprove: boolean;
  /** How many different approvers have to approve. */
  readonly required: number;
  /** Groups that have to approve too. */
  readonly quorum?: readonly QuorumGroup[] | undefined;
  /** Who may decide too, and from when on, in ms after `since`. */
  readonly escalation?: readonly Escalation[] | undefined;
  /** When the approval began, ms since the epoch; needed where there is an escalation. */
  readonly since?: number | undefined;
  readonly counted: readonly Counted[];
  /** Set once the whole is decided. */
  readonly outcome: 'approved' | 'rejected' | 'expired' | null;
}

export type Judgement = {readonly accept: true; readonly duplicate: boolean} | {readonly refuse: string};

/**
 * Whether a well-formed decision may go on to the check of its signature.
 * The same signed payload again is accepted (`duplicate`) and counted once.
 * @example judgeDecision(decision, state) // {refuse: 'digest of the release is 1f0c…, this run asks about 9e21…'}
 */
export function checkDecision(decision: SignedDecision, state: ApprovalState): Judgement {
  const {payload, signature} = decision;
  if (state.counted.some((c) => c.signature === signature && samePayload(c.payload, payload))) {
    return {accept: true, duplicate: true};
  }
  if (payload.project !== state.project) {
    return {
      refuse: `signed for project ${quote(payload.project)}, this approval is of ${quote(state.project)}`,
    };
  }
  if (payload.run !== state.run) {
    return {refuse: `signed for run ${quote(payload.run)}, this approval is run ${state.run}: sign it again`};
  }
  for (const part of ['release', 'dataset', 'report'] as const) {
    const [got, want] = [payload.digests[part], state.digests[part]];
    if (got !== want)
      return {refuse: `digest of the ${part} is ${head(got)}, this approval asks about ${head(want)}`};
  }
  if (state.outcome !== null) return {refuse: `already ${state.outcome}: a decision is not taken back`};
  if (state.now > state.deadline) return {refuse: `expired at ${iso(state.deadline)}: start the run again`};
  const expiry = Date.parse(payload.expiry);
  if (Number.isNaN(expiry)) return {refuse: `expiry ${quote(payload.expiry)} is not a date`};
  const late = outOfTime(payload.expiry, state.now, DECISION_LASTS_MS);
  if (late !== null) return {refuse: late};
  if (payload.action === 'reject' && payload.comment.trim() === '')
    return {refuse: 'a rejection needs a reason: sign it again with a comment'};

  const known = state.keys.find((k) => k.id === payload.key);
  return checkApprover(payload, known?.name ?? null, state);
}

/** Names that the escalation lets decide at a time, and when the first of those to come will be let. */
export function escalatedAt(
  now: number,
  {escalation = [], since = now}: Pick<ApprovalState, 'escalation' | 'since'>,
): {readonly names: string[]; readonly next: number | null} {
  const due = escalation.filter(({afterMs}) => now >= since + afterMs);
  const later = escalation.filter(({afterMs}) => now < since + afterMs).map(({afterMs}) => since + afterMs);
  return {
    names: [...new Set(due.flatMap(({to}) => to))],
    next: later.length === 0 ? null : Math.min(...later),
  };
}

/** From when on somebody who is only named in the escalation may decide; null if they may now. */
export function heldBackUntil(name: string, state: ApprovalState): number | null {
  const {escalation = [], quorum = [], since = state.now, now} = state;
  const steps = escalation.filter(({to}) => to.includes(name));
  if (steps.length === 0 || quorum.some(({of}) => of.includes(name))) return null;
  const first = since + Math.min(...steps.map(({afterMs}) => afterMs));
  return now >= first ? null : first;
}

/**
 * Whether this approver may still decide: once each, and the one who started the run never alone.
 * `name` is null while the owner of the key is not known; `vote` tells in whose place they decide, once that is known.
 */
export function checkApprover(
  payload: DecisionPayload,
  name: string | null,
  state: ApprovalState,
  vote: Pick<Counted, 'own' | 'standsFor'> = {},
): Judgement {
  const own = state.counted.find((c) => c.key === payload.key || c.by === name);
  if (own && own.action !== payload.action) {
    return {
      refuse: `${own.by} has already decided to ${own.action} (at ${own.at}): a decision is not taken back`,
    };
  }
  if (own) return {accept: true, duplicate: true};
  // Once it is known in whose place they decide: as a delegate nobody waits for an escalation.
  const alone = vote.own === true && (vote.standsFor ?? []).length === 0;
  const held = name !== null && alone ? heldBackUntil(name, state) : null;
  if (held !== null)
    return {
      refuse: `${name} may decide from ${iso(held)} on, if nothing is decided by then: others are asked first`,
    };
  if (
    payload.action === 'approve' &&
    state.required === 1 &&
    (state.quorum ?? []).length === 0 &&
    !state.starterMayApprove &&
    isStarter({key: payload.key, by: name, ...vote}, state)
  ) {
    return {
      refuse: `${name ?? payload.key} started this run and cannot be its only approver: another approver must decide`,
    };
  }
  return {accept: true, duplicate: false};
}

/**
 * What the counted decisions come to. One rejection rejects; `required` different approvers and enough of each group
 * approve, at least one of them not the starter unless the project allows it.
 */
export function outcomeOf(
  state: Pick<
    ApprovalState,
    | 'counted'
    | 'required'
    | 'quorum'
    | 'escalation'
    | 'since'
    | 'starterMayApprove'
    | 'startedBy'
    | 'starterKey'
  > & {readonly now?: number},
): 'approved' | 'rejected' | null {
  if (state.counted.some((c) => c.action === 'reject')) return 'rejected';
  const approvers = state.counted.filter((c) => c.action === 'approve');
  const others = approvers.some((c) => !isStarter(c, state));
  const {names} = escalatedAt(state.now ?? 0, state);
  return reached(standings(approvers, state, names)) && (others || state.starterMayApprove)
    ? 'approved'
    : null;
}

/**
 * Who started a run, by name: one who had none then – `key:ID` – by the name that the key has now, since a person is one by
 * each of their keys.
 */
export function starterName(
  {startedBy, starterKey}: Pick<ApprovalState, 'startedBy' | 'starterKey'>,
  keys: readonly Pick<KnownKey, 'id' | 'name'>[],
): string {
  if (startedBy !== `key:${starterKey}`) return startedBy;
  return keys.find(({id}) => id === starterKey)?.name ?? startedBy;
}

/** The one who started the run, or who decides in that one's place alone. */
export function isStarter(
  {key, by, own, standsFor = []}: Pick<Counted, 'key' | 'own' | 'standsFor'> & {readonly by: string | null},
  {startedBy, starterKey}: Pick<ApprovalState, 'startedBy' | 'starterKey'>,
): boolean {
  if (key === starterKey || `key:${key}` === startedBy || (by !== null && by === startedBy)) return true;
  return own === false && standsFor.length > 0 && standsFor.every((name) => name === startedBy);
}

function samePayload(a: DecisionPayload, b: DecisionPayload): boolean {
  return (
    a.v === b.v &&
    a.project === b.project &&
    a.action === b.action &&
    a.run === b.run &&
    a.key === b.key &&
    a.comment === b.comment &&
    a.expiry === b.expiry &&
    a.digests.release === b.digests.release &&
    a.digests.dataset === b.digests.dataset &&
    a.digests.report === b.digests.report
  );
}

const head = (digest: string): string => `${digest.slice(0, 12)}…`;
const quote = (text: string): string => JSON.stringify(text.slice(0, 80));
const iso = (ms: number): string => new Date(ms).toISOString();
