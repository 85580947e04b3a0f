import {namesAdmin} from '../../core/access/policy.ts';
import type {AuditEntry} from '../../schemas/audit.ts';
import type {Deployment} from '../../schemas/deployment.ts';
import {rolloutWorkflowId, short} from '../../schemas/names.ts';
import {ActHistory} from './act-history.ts';
import {ApprovalHistory, type Finding} from './approval-history.ts';
import {alarmOf, formerAfter, inWords, kindOf, moveOf, sameMove} from './move-entry.ts';
import {PointerHistory} from './pointer-history.ts';
import {startOf} from './run-starters.ts';

/** What a deployment is by the chain. */
export type Standing =
  /** The chain's last move says so. */
  | {readonly status: 'told'}
  /** The very next move, permitted; its entry is still to come. */
  | {readonly status: 'owed'}
  /** The chain has not told of it yet, or never will. */
  | {readonly status: 'amiss'; readonly reason: string};

/** Why an origin's entry is not proved. */
const UNSEALED =
  'the project’s row key, which its seal takes, is not here: no person asked for the run, the entry says';

/**
 * Decides the audit chain of a project anew, entry by entry from its first: who was in force, who approved and acted, which
 * moves that permitted. Believes signatures, and the order of the entries; nothing that an entry says of itself.
 */
export class ChainHistory {
  readonly acts = new ActHistory();
  readonly approvals = new ApprovalHistory(this.acts);
  readonly pointers = new PointerHistory(this.approvals);
  readonly #rowKey: Uint8Array | undefined;
  readonly #alarms: {readonly entry: AuditEntry; readonly alarm: string}[] = [];
  #lastMove: string | null = null;

  /** Without the project's row key, what is sealed with it stays unproved. */
  constructor(rowKey?: Uint8Array) {
    this.#rowKey = rowKey;
  }

  /** Takes the next entry. */
  take(entry: AuditEntry): Finding & {readonly alarm: string | null} {
    const act = this.acts.take(entry);
    const start = this.#start(entry, act);
    if (act === null && entry.kind === 'retired' && typeof entry.data['release'] === 'string')
      this.pointers.retire(entry.data['release'], entry);
    if (act === null && entry.kind === 'cancel' && typeof entry.data['run'] === 'string')
      this.approvals.end(rolloutWorkflowId(entry.data['run']), `its run was cancelled in entry ${entry.seq}`);
    const approval = this.approvals.take(entry);
    const move = this.pointers.take(entry, act);
    const amiss = move ?? act ?? start.amiss ?? approval.amiss;
    if (this.pointers.entry === entry.seq) this.#lastMove = amiss;
    const unproved = approval.unproved ?? start.unproved ?? this.#unprovedAct(entry);
    const alarm = amiss === null && entry.kind === 'break_glass' ? alarmOf(moveOf(entry)!) : null;
    if (alarm !== null) this.#alarms.push({entry, alarm});
    return {amiss, unproved: amiss === null ? unproved : null, alarm};
  }

  /** Permitted, and nothing to pass over in silence: rollbacks by people without the role for one. */
  get alarms(): readonly {readonly entry: AuditEntry; readonly alarm: string}[] {
    return this.#alarms;
  }

  /**
   * Why what a deployment names may not answer, by the chain as far as it was read; null if it may: the chain explains the
   * deployment, its last move was permitted, and each release got its traffic by a permitted move once.
   */
  refusalOf(deployment: Deployment): string | null {
    const standing = this.standing(deployment);
    if (standing.status === 'amiss') return standing.reason;
    // What is owed was judged just now, as a move; what the chain tells of, when it was read.
    if (standing.status === 'told' && this.#lastMove !== null) return this.#lastMove;
    const {stable, canary, shadow, by} = deployment;
    const owed = standing.status === 'owed' ? (this.approvals.of(by)?.release ?? null) : null;
    for (const release of [stable, canary?.release, shadow?.release]) {
      if (release === undefined || release === owed) continue;
      const reason = this.pointers.unfit(release);
      if (reason !== null) return `release ${short(release)}: ${reason}`;
    }
    return null;
  }

  /** What the chain says of a deployment, at its present end. */
  standing(deployment: Deployment): Standing {
    const {last} = this.pointers;
    const told = last !== null && last.seq === deployment.seq;
    const reason = told
      ? sameMove(last, deployment)
        ? null
        : `it says ${inWords(deployment)}, expected ${inWords(last)}`
      : (this.pointers.against(deployment, Date.parse(deployment.at)) ??
        this.acts.against(this.#entryOf(deployment)));
    if (reason !== null) return {status: 'amiss', reason};
    const former = told ? last.former : last === null ? [] : formerAfter(last, deployment.stable);
    return former.join() === deployment.former.join()
      ? {status: told ? 'told' : 'owed'}
      : {status: 'amiss', reason: 'its former releases are not those that have been stable'};
  }

  /** What an entry of a run's start comes to; `act`: what speaks against its signature. */
  #start(entry: AuditEntry, act: string | null): Finding {
    const found = startOf(entry, this.#rowKey);
    if (found === null) return {amiss: null, unproved: null};
    if (act !== null) return this.#startAmiss(found.run, entry, act);
    if ('amiss' in found) return this.#startAmiss(found.run, entry, found.amiss);
    this.approvals.started(found.run, found.starter, entry);
    return {amiss: null, unproved: found.sealed ? null : UNSEALED};
  }

  #startAmiss(run: string | null, {seq}: AuditEntry, reason: string): Finding {
    if (run !== null) this.approvals.startedAmiss(run, seq, reason);
    return {amiss: reason, unproved: null};
  }

  #unprovedAct(entry: AuditEntry): string | null {
    if (namesAdmin(this.acts.policies.now) || !this.acts.isAct(entry)) return null;
    return entry.data['signed'] === undefined
      ? 'no admin had signed a policy, and nobody signed it: who did it is what they said'
      : 'no admin had signed a policy: whose key signed it, ratchet.yaml alone said';
  }

  /** The entry that a deployment's own move will have. */
  #entryOf(deployment: Deployment): AuditEntry {
    const {project, seq, stable, at, by, signed} = deployment;
    return {
      v: 1,
      seq: this.pointers.entry + 1,
      prev: '',
      at,
      project,
      kind: kindOf(deployment),
      actor: by,
      data: {pointer: seq, stable, ...(signed === undefined ? {} : {signed})},
      hash: '0'.repeat(64),
    };
  }
}
