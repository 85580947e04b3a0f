/**
 * Names of signals, updates and queries, with their argument types. No zod in here: workflow code imports this file.
 */
import type {SignedDecision} from './approval.ts';

/** Cached stages: who waits for the result. */
export const JOIN = 'join';
export const LEAVE = 'leave';

/** Approval: Update and Signal of this name take a SignedDecision. */
export const DECIDE = 'decide';
export type DecideArgument = SignedDecision;

/** Rollout: a person goes on with, or ends, a rollout that waits. */
export const PROMOTE = 'promote';
export const ABORT = 'abort';
export interface PersonActs {
  readonly by: string;
  readonly comment: string;
}

/** Every workflow: what it is doing, as plain data for the CLI. */
export const PROGRESS = 'progress';
export interface Progress {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  /** `rows`, `steps`, `answers`, … */
  readonly unit: string;
  readonly note: string;
}

/** Monitor: look now; close an opened circuit. */
export const CHECK_NOW = 'check-now';
export const RESET_CIRCUIT = 'reset-circuit';
