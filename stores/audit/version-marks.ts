import type {AuditEntry} from '../../schemas/audit.ts';
import {moveOf} from './move-entry.ts';
import {RUN_ORIGIN, RUN_START} from './run-starters.ts';

/**
 * Whether a chain has been written to by a version that signs, or says to be unsigned, all that people do, and that keeps who
 * started a run. From then on nothing counts as written by an earlier one: who forges an entry may not choose its age.
 */
export class VersionMarks {
  #signsAll = false;

  get signsAll(): boolean {
    return this.#signsAll;
  }

  /** Behind each entry. */
  take(entry: AuditEntry): void {
    this.#signsAll ||= onlyLater(entry);
  }
}

/** Written by no earlier version. */
function onlyLater(entry: AuditEntry): boolean {
  const {kind, data} = entry;
  if (kind === RUN_ORIGIN || LATER_PROOFS.includes(kind)) return kind === RUN_ORIGIN || 'proof' in data;
  if (kind === RUN_START) return typeof data['execution'] === 'string';
  const move = moveOf(entry);
  return move !== null && (move.rollout !== undefined || move.ends !== undefined);
}

/** Kinds that have said how far they are proved only since. */
const LATER_PROOFS: readonly string[] = [
  'retired',
  'gateway_key',
  'schedule',
  'gc',
  'set_current',
  'feedback_review',
];
