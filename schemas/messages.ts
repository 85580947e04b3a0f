/**
 * Names of signals, updates and queries, with their argument types. No zod in here: workflow code imports this file.
 */
import type {KnownKey} from '../core/approval/check-decision.ts';
import type {Needed} from '../core/approval/still-needed.ts';
import type {SignedAct} from './access.ts';
import type {CountedDecision, SignedDecision} from './approval.ts';

/** Cached stages: who waits for the result. */
export const JOIN = 'join';
export const LEAVE = 'leave';

/** Approval: Update and Signal of this name take a SignedDecision. */
export const DECIDE = 'decide';
export type DecideArgument = SignedDecision;
/** What an accepted Update `decide` answers; a refused one throws DecisionRefused or is rejected by the validator. */
export interface DecideReply {
  /** `duplicate`: the same signed decision was counted before; it is counted once. */
  readonly status: 'counted' | 'duplicate';
  readonly outcome: 'approved' | 'rejected' | 'pending';
  readonly approvals: number;
  readonly required: number;
}

/** Approval, query: where it stands, as ApprovalStanding. Takes StandingArgument or nothing. */
export const STANDING = 'standing';
/** What the asker knows better than the workflow, which goes by its last event and the people as it last read them. */
export interface StandingArgument {
  /** Milliseconds since the epoch. */
  readonly at?: number;
  readonly keys?: readonly KnownKey[];
}
/** Times are ISO 8601. */
export interface ApprovalStanding {
  readonly release: string;
  /** The run that asks: its lifecycle's workflow ID. */
  readonly run: string;
  readonly startedBy: string;
  readonly since: string;
  readonly until: string;
  /** Null while it waits. */
  readonly outcome: 'approved' | 'rejected' | 'expired' | null;
  /** With those in whose place it was decided. */
  readonly decisions: readonly (CountedDecision & {readonly standsFor: readonly string[]})[];
  /** Groups that have not enough approvals, and who may give them now. */
  readonly needed: readonly Needed[];
  /** From when on who may decide too; `due`: by now. */
  readonly escalation: readonly {
    readonly from: string;
    readonly to: readonly string[];
    readonly due: boolean;
  }[];
  /** Who may decide in whose place until when. */
  readonly delegations: readonly {readonly of: string; readonly to: string; readonly until: string}[];
}

/** Rollout: a person goes on with, or ends, a rollout that waits. */
export const PROMOTE = 'promote';
export const ABORT = 'abort';
export interface PersonActs {
  readonly by: string;
  readonly comment: string;
  /** Needed where the project names people; its comment is the one that counts. */
  readonly signed?: SignedAct;
}

/** Stage workflows answer with Progress, the lifecycle with LifecycleProgress. */
export const PROGRESS = 'progress';
export interface Progress {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  /** `rows`, `steps`, `answers`, … */
  readonly unit: string;
  readonly note: string;
  /** What it waits for a person to decide; missing while it goes on by itself. */
  readonly asks?: string;
  /** Of a rollout: its step, from 0, and which act of a person the next one is, from 1: a signed act names both. */
  readonly act?: {readonly step: string; readonly number: string};
}
export type StageStatus = 'waiting' | 'running' | 'done' | 'cached' | 'failed' | 'skipped';
export interface StageProgress {
  readonly stage: string;
  readonly status: StageStatus;
  readonly progress?: Progress;
  readonly note?: string;
  /** ISO times, by the workflow's clock. */
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** The workflow that does this stage's work: its `progress` query and its activities' heartbeats say more. */
  readonly childWorkflowId?: string;
}
export interface LifecycleProgress {
  readonly status: 'running' | 'done' | 'failed' | 'cancelled';
  readonly stages: readonly StageProgress[];
}

/** Monitor, as Update (which answers with a MonitorLook) or Signal: look now, at the newest window. No argument. */
export const CHECK_NOW = 'check-now';
/** Monitor, as Update or Signal: close an opened circuit. Takes PersonActs. */
export const RESET_CIRCUIT = 'reset-circuit';
/** Monitor, query: the last MonitorLook, null before the first. */
export const LAST_LOOK = 'last-look';

/** Header of every workflow and activity of a run: where it belongs. Written by workflows/trace-context.ts. */
export const TRACE_HEADER = 'ratchet-trace';
export interface TraceContext {
  /** The workflow that everything began with: for a lifecycle the RUN of every command. */
  readonly run: string;
  /** The span above, by W3C's header. */
  readonly traceparent: string;
}
/** What a workflow tells its worker when it ends, whatever the outcome; once, and not while it is replayed. */
export interface WorkflowEnd {
  readonly context: TraceContext;
  /** The span above, null for the first workflow of a trace. */
  readonly parent: string | null;
  readonly outcome: 'done' | 'failed' | 'cancelled' | 'continued';
}

/**
 * Items of a page, some hundred bytes each: lists that may be longer than a payload holds (2 MiB) are cut into such pages, and
 * a workflow is given references to them.
 */
export const PAGE_ITEMS = 500;
