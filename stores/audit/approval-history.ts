import {z} from 'zod';
import {namesAdmin} from '../../core/access/policy.ts';
import {standsFor} from '../../core/approval/delegations.ts';
import {outcomeOf, type Counted} from '../../core/approval/check-decision.ts';
import {payloadDigest, verifyDecision} from '../../core/approval/signature.ts';
import type {Policy} from '../../schemas/access.ts';
import {DecisionDigests, Escalation, QuorumGroup, SignedDecision} from '../../schemas/approval.ts';
import type {AuditEntry} from '../../schemas/audit.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {rolloutWorkflowId} from '../../schemas/names.ts';
import type {ActHistory} from './act-history.ts';
import {readPublicKey} from '../access/keys.ts';
import {peopleOf} from './policy-people.ts';
import {nameNow, type Starter} from './run-starters.ts';

/** What closeApproval records. */
const Closed = z.looseObject({
  status: z.string(),
  run: z.string(),
  runId: z.string(),
  digests: DecisionDigests,
  startedBy: z.string(),
  starterKey: z.string().default(''),
  required: z.int().min(1).default(1),
  starterMayApprove: z.boolean().default(false),
  quorum: z.array(QuorumGroup).default([]),
  escalation: z.array(Escalation).default([]),
  /** When the approval began; missing in records from before there were escalations. */
  asked: z.iso.datetime().optional(),
  decisions: z.array(z.looseObject({action: z.string(), by: z.string(), key: z.string()})),
});
type Closed = z.infer<typeof Closed>;

/** A decision may be recorded so long after its signature ended: what was counted in time waits while the store is away. */
const RECORDED_WITHIN_MS = 24 * 3_600_000;

/** A signed decision of the chain, whose signature holds. */
export interface Decided extends SignedDecision {
  readonly entry: number;
  /** ISO 8601, as far as it can be believed. */
  readonly at: string;
  readonly publicKey: string;
}

/** An approval that the chain proves, or of which it proves all but whose keys they were. */
export interface Approval {
  readonly entry: number;
  readonly release: string;
  /** The report that it approved. */
  readonly report: string;
  /** Why it is proved by halves only; null where a signed policy names the people. */
  readonly unproved: string | null;
}
interface Kept extends Approval {
  readonly closed: Closed;
  /** When it was closed, ms, as far as that can be believed. */
  readonly at: number;
  /** Its rollout has moved something. */
  opened: boolean;
  /** What its rollout came to: it opens nothing more. */
  ended: string | null;
  readonly judged: Map<Policy, string | null>;
}

/** A start of a run that the chain proves; a run of one name may have been started more than once. */
interface Started extends Starter {
  readonly entry: number;
  /** ms, as far as it can be believed. */
  readonly at: number;
}

/** What the chain holds of a run and its approval, for whoever judges it by rules of their own. */
export interface ApprovedRun {
  /** The entry that closed the approval last, and what speaks against it; null where none did. */
  readonly closed: {
    readonly entry: number;
    readonly status: string;
    /** Temporal run ID of the approval. */
    readonly run: string;
    readonly startedBy: string;
    readonly starterKey: string;
    /** From when on its escalation counts, and when it was closed: ms. */
    readonly since: number;
    readonly at: number;
    readonly amiss: string | null;
  } | null;
  /** Decisions about the run, whose signatures hold. */
  readonly decisions: readonly Decided[];
  /** Everybody who started it, each proved. */
  readonly starters: readonly Starter[];
  /** Why an entry of its start proves nothing; null if each does. */
  readonly amiss: string | null;
  /** The first entry about it, Infinity for none. */
  readonly first: number;
}

/** What speaks against an entry, or what it does not prove by itself; null for nothing. */
export interface Finding {
  readonly amiss: string | null;
  readonly unproved: string | null;
}
const FINE: Finding = {amiss: null, unproved: null};
const amiss = (reason: string): Finding => ({amiss: reason, unproved: null});

interface Closing {
  readonly entry: AuditEntry;
  /** ms, as far as it can be believed. */
  readonly at: number;
  readonly amiss: string | null;
}

/** Why an approval is none by itself: its starter may not approve alone. */
export const NO_START =
  'no entry says who started its run, which may not approve it alone: start a run from before a policy named people again';

/** Why no chain can prove it. */
export const BY_YAML = 'no admin had signed a policy: whose keys approved, ratchet.yaml alone said';

/**
 * Follows decisions and approvals through the audit chain. Each approval is decided anew, from the signed decisions before it
 * and the policy in force: nothing that the record says of itself makes it one. Sees the chain behind `access`.
 */
export class ApprovalHistory {
  readonly #access: ActHistory['access'];
  readonly #policies: ActHistory['policies'];
  readonly #marks: ActHistory['marks'];
  /** By the run they decide about. */
  readonly #decided = new Map<string, Decided[]>();
  /** Digest of a signed payload → its entry. */
  readonly #entries = new Map<string, number>();
  readonly #starts = new Map<string, readonly Started[]>();
  readonly #startsAmiss = new Map<string, {readonly entry: number; readonly reason: string}>();
  /** Run → what closed its approval last. */
  readonly #closings = new Map<string, Closing>();
  /** Temporal run ID of an approval → the entry that closed it. */
  readonly #closed = new Map<string, number>();
  /** Rollout's workflow ID → what its run approved last. */
  readonly #approvals = new Map<string, Kept>();
  #next = 0;
  /** The last entry that is not there, -1 for none. */
  #missing = -1;

  constructor({access, policies, marks}: Pick<ActHistory, 'access' | 'policies' | 'marks'>) {
    [this.#access, this.#policies, this.#marks] = [access, policies, marks];
  }

  /** Takes the next entry, which `access` and `policies` have taken. */
  take(entry: AuditEntry): Finding {
    if (entry.seq !== this.#next) this.#missing = entry.seq - 1;
    this.#next = entry.seq + 1;
    switch (entry.kind) {
      case 'decision':
        return this.#takeDecision(entry);
      case 'approval': {
        const found = this.#takeApproval(entry);
        if (typeof entry.data['runId'] === 'string')
          this.#closings.set(entry.data['runId'], {
            entry,
            amiss: found.amiss,
            at: this.#policies.believed(Date.parse(entry.at)),
          });
        return found;
      }
      default:
        return FINE;
    }
  }

  /** Somebody started a run, which this entry proves. */
  started(run: string, starter: Starter, {seq, at}: AuditEntry): void {
    const start = {...starter, entry: seq, at: this.#policies.believed(Date.parse(at))};
    this.#starts.set(run, [...this.#startsOf(run), start]);
  }

  /** An entry of a run's start proves nothing. */
  startedAmiss(run: string, entry: number, reason: string): void {
    this.#startsAmiss.set(run, {entry, reason});
  }

  /** What was recorded of a run. */
  recorded(run: string): ApprovedRun {
    const [decisions, starters] = [this.#decided.get(run) ?? [], this.#startsOf(run)];
    const startAmiss = this.#startsAmiss.get(run);
    const last = this.#closings.get(run);
    const firsts = [decisions[0]?.entry, starters[0]?.entry, startAmiss?.entry, last?.entry.seq];
    return {
      closed: last === undefined ? null : this.#closedOf(last),
      decisions,
      starters,
      amiss: startAmiss === undefined ? null : `entry ${startAmiss.entry} of its start: ${startAmiss.reason}`,
      first: Math.min(...firsts.filter((seq) => seq !== undefined)),
    };
  }

  #closedOf({entry, at, amiss: reason}: Closing): ApprovedRun['closed'] {
    const {data: closed} = Closed.safeParse(entry.data);
    if (closed === undefined) return null;
    const {status, run, startedBy, starterKey} = closed;
    const told = {entry: entry.seq, status, run, startedBy, starterKey, at, amiss: reason};
    return {...told, since: this.#since(closed, at)};
  }

  #startsOf(run: string): readonly Started[] {
    return this.#starts.get(run) ?? [];
  }

  /** From when on an escalation counts: not before anybody started the run, whatever the approval says. */
  #since({asked, runId}: Closed, at: number): number {
    const starts = this.#startsOf(runId).map((start) => start.at);
    return Math.max(
      asked === undefined ? at : Date.parse(asked),
      starts.length > 0 ? Math.min(...starts) : -Infinity,
    );
  }

  /** The approval that a rollout goes by; null if its run has none. */
  of(rollout: string): Approval | null {
    return this.#approvals.get(rollout) ?? null;
  }

  /**
   * What speaks against traffic that a rollout gives its release, at a time (ms) by the mover's own word: no approval, one
   * that was used up, or one that does not hold by the policy in force. Null if nothing does.
   */
  against(rollout: string, at: number): string | null {
    const approval = this.#approvals.get(rollout);
    if (approval === undefined) return 'no approved run is behind that';
    if (approval.ended !== null) return `the approval of its run was used up: ${approval.ended}`;
    if (this.#missing > approval.entry)
      return `entry ${this.#missing}, behind the approval of its run, is missing: it may have used that up`;
    if (!namesAdmin(this.#policies.now)) return null;
    const reasons = this.#policies.judging(at).map((policy) => this.#judge(approval, policy));
    const [reason] = reasons;
    return reason === undefined || reasons.includes(null)
      ? null
      : `its run’s approval does not hold by the policy in force: ${reason}`;
  }

  /** A rollout is over: its approval opens nothing more. */
  end(rollout: string, how: string): void {
    const approval = this.#approvals.get(rollout);
    if (approval !== undefined) approval.ended ??= how;
  }

  /** A time (ms) as far as it can be believed, since entries before name later ones. */
  believed(at: number): number {
    return this.#policies.believed(at);
  }

  /** Whether a rollout has moved something by its present approval. */
  isOpen(rollout: string): boolean {
    return this.#approvals.get(rollout)?.opened === true;
  }

  /** A rollout has moved something. */
  open(rollout: string): void {
    const approval = this.#approvals.get(rollout);
    if (approval !== undefined) approval.opened = true;
  }

  /** Every rollout that has moved something is over. */
  endAll(how: string): void {
    for (const approval of this.#approvals.values()) if (approval.opened) approval.ended ??= how;
  }

  #takeDecision(entry: AuditEntry): Finding {
    const {payload, signature, publicKey, payloadDigest: digest, runId} = entry.data;
    const signed = SignedDecision.safeParse({payload, signature});
    if (!signed.success || typeof publicKey !== 'string')
      return amiss('it holds no decision with its signature and public key');
    try {
      if (!verifyDecision(signed.data, readPublicKey(publicKey, 'its public key')))
        return amiss('its signature is not by its public key over its payload');
    } catch (error) {
      if (!(error instanceof RatchetError)) throw error;
      return amiss(error.message);
    }
    const own = payloadDigest(signed.data.payload);
    if (own !== digest) return amiss('its payload does not hash to its digest');
    if (signed.data.payload.project !== entry.project)
      return amiss(`it decides in the project ${signed.data.payload.project}`);
    const before = this.#entries.get(own);
    if (before !== undefined) return amiss(`it is the decision of entry ${before} again`);
    this.#entries.set(own, entry.seq);
    if (typeof runId !== 'string') return amiss('it names no run that it decides about');
    const said = Date.parse(entry.at);
    const at = new Date(this.#policies.believed(said)).toISOString();
    const decided: Decided = {...signed.data, publicKey, entry: entry.seq, at};
    const reason = this.#strange(decided, entry);
    if (reason !== null) return amiss(reason);
    this.#decided.set(runId, [...(this.#decided.get(runId) ?? []), decided]);
    return FINE;
  }

  /** Why nobody of the policy in force decided so; null if somebody did, or no admin names the people. */
  #strange(decided: Decided, {at, actor}: AuditEntry): string | null {
    const {payload} = decided;
    if (!(Date.parse(decided.at) <= Date.parse(payload.expiry) + RECORDED_WITHIN_MS))
      return `its signature had expired at ${payload.expiry}`;
    if (!namesAdmin(this.#policies.now)) return null;
    const reasons = this.#policies.judging(Date.parse(at)).map((policy) => {
      const vote = this.#voteOf(decided, policy);
      if (vote === null) return `it is by key ${payload.key}, which the policy in force does not name`;
      if (vote.by !== actor) return `it says that ${actor} decided, its signature is ${vote.by}’s`;
      return vote.own || vote.standsFor.length > 0
        ? null
        : `it is by ${vote.by}, who is no approver and to whom none had delegated`;
    });
    return reasons.includes(null) ? null : (reasons[0] ?? null);
  }

  #takeApproval(entry: AuditEntry): Finding {
    const {data: closed} = Closed.safeParse(entry.data);
    if (closed === undefined) return amiss('it holds no approval with its run, digests and decisions');
    const before = this.#closed.get(closed.run);
    if (before !== undefined) return amiss(`it closes the approval of entry ${before} again`);
    this.#closed.set(closed.run, entry.seq);
    const unsigned = closed.decisions.find(
      ({action, key}) =>
        !this.#of(closed).some(({payload}) => payload.key === key && payload.action === action),
    );
    if (unsigned !== undefined)
      return amiss(
        `it names a decision of ${unsigned.by} to ${unsigned.action} (key ${unsigned.key}) that nobody signed before it`,
      );
    if (closed.status !== 'approved') return FINE;
    const strange = this.#strangeStarter(closed);
    if (strange !== null) return amiss(strange);
    if (this.#missing > this.recorded(closed.runId).first)
      return amiss(`it is not approved: entry ${this.#missing} is missing, which may have been a rejection`);
    const {release, report} = closed.digests;
    const at = this.#policies.believed(Date.parse(entry.at));
    const kept = {
      entry: entry.seq,
      release,
      report,
      closed,
      at,
      opened: false,
      ended: null,
      judged: new Map<Policy, string | null>(),
    };
    const first = this.#of(closed)[0]?.entry ?? entry.seq;
    const judging = this.#policies.judging(Date.parse(entry.at));
    const policies = [...new Set([...this.#policies.since(first), ...judging])];
    if (policies.length > 0 && policies.every((policy) => namesAdmin(policy))) {
      if (this.#marks.signsAll && this.#startsOf(closed.runId).length === 0)
        return amiss(`it is not approved: ${NO_START}`);
      const reasons = policies.map((policy) => this.#judge({...kept, unproved: null}, policy));
      if (!reasons.includes(null)) return amiss(`it is not approved: ${reasons[0]!}`);
      this.#approvals.set(rolloutWorkflowId(closed.runId), {...kept, unproved: null});
      return FINE;
    }
    const reason = this.#tooFew(closed);
    if (reason !== null) return amiss(`it is not approved: ${reason}`);
    this.#approvals.set(rolloutWorkflowId(closed.runId), {...kept, unproved: BY_YAML});
    return {amiss: null, unproved: BY_YAML};
  }

  /** Why the starter that an approval names is none of those who started its run; null if they did. */
  #strangeStarter({startedBy, starterKey, runId}: Closed): string | null {
    const starts = this.#startsOf(runId);
    // A person goes by their key: the name may be another since.
    const same = ({name, key}: Starter) => key === starterKey && (key !== '' || name === startedBy);
    if (starts.length === 0 || starts.some(same)) return null;
    const who = starts.map(({name, key}) => (key === '' ? name : `${name} (key ${key})`)).join(', ');
    return `it says that ${startedBy} started the run, which ${who} did`;
  }

  /** Signed decisions about exactly what was approved, in the chain's order. */
  #of({run, runId, digests}: Closed): Decided[] {
    return (this.#decided.get(runId) ?? []).filter(
      ({payload}) =>
        payload.run === run &&
        payload.digests.release === digests.release &&
        payload.digests.dataset === digests.dataset &&
        payload.digests.report === digests.report,
    );
  }

  /** Why a policy would not have approved; null if it would. */
  #judge(approval: Kept, policy: Policy): string | null {
    const known = approval.judged.get(policy);
    if (known !== undefined) return known;
    const {closed, at} = approval;
    const decided = this.#of(closed);
    const counted = decided.flatMap((one) => {
      const vote = this.#voteOf(one, policy);
      return vote !== null && (vote.own || vote.standsFor.length > 0) ? [vote] : [];
    });
    const rules = {counted, ...policy.approval, since: this.#since(closed, at), now: at};
    const starts = this.#startsOf(closed.runId);
    const starters = starts.length > 0 ? starts : [{name: closed.startedBy, key: closed.starterKey}];
    const approved = starters.every((starter) => {
      const startedBy = nameNow(starter, peopleOf(policy));
      return outcomeOf({...rules, startedBy, starterKey: starter.key}) === 'approved';
    });
    const names = counted.map(({by, action}) => `${by} to ${action}`).join(', ') || 'nobody';
    const reason = approved
      ? null
      : `of ${decided.length} signed decisions ${counted.length} count (${names}), ` +
        `expected ${policy.approval.required} and each group’s, not by its starter alone`;
    approval.judged.set(policy, reason);
    return reason;
  }

  /** A decision as this policy's people make it; null if none of them holds the key. */
  #voteOf(
    {payload, signature, publicKey, at}: Decided,
    policy: Policy,
  ): (Counted & {readonly own: boolean; readonly standsFor: readonly string[]}) | null {
    const people = peopleOf(policy);
    // The decision's key ID is the ID of this key: that was verified with the signature.
    const owner = people.find((one) => one.text === publicKey);
    if (owner === undefined) return null;
    const {delegations} = this.#access.state;
    const {action, key, comment} = payload;
    return {
      action,
      key,
      comment,
      by: owner.name,
      at,
      payload,
      signature,
      own: owner.roles.includes('approver'),
      standsFor: standsFor(owner.name, Date.parse(at), {delegations, people}),
    };
  }

  /** What can be said without knowing whose keys they are: nobody rejected, and so many keys approved. */
  #tooFew(closed: Closed): string | null {
    const decided = this.#of(closed);
    if (decided.some(({payload}) => payload.action === 'reject')) return 'somebody rejected it';
    const keys = new Set(decided.map(({payload}) => payload.key));
    return keys.size >= closed.required
      ? null
      : `${keys.size} keys signed exactly these digests, expected ${closed.required}`;
  }
}
