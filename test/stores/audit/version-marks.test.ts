import {expect, it} from 'vitest';
import {VersionMarks} from '../../../stores/audit/version-marks.ts';
import {auditEntry} from './entry.ts';

const RELEASE = 'a'.repeat(64);
const move = {pointer: 3, stable: RELEASE, canary: null, shadow: null, why: 'canary 10 %'};
const execution = {by: 'rollout/lifecycle/mail/x', execution: '5f1c'};
const rollout = {...execution, run: 'r1', seq: 2, after: 1, ended: false};

function signsAll(kind: string, data: Record<string, unknown>): boolean {
  const marks = new VersionMarks();
  marks.take(auditEntry({kind, data}));
  return marks.signsAll;
}

it.each<[string, Record<string, unknown>, boolean]>([
  // A move of a rollout that names its execution, or the one that it ends.
  ['pointer', move, false],
  ['pointer', {...move, rollout}, true],
  ['pointer', {...move, ends: execution}, true],
  ['pointer', {rollout}, false],
  ['rollback', {...move, ends: execution}, true],
  // A start with the execution that it was signed for, and any origin.
  ['run_start', {run: 'r'}, false],
  ['run_start', {run: 'r', execution: '5f1c'}, true],
  ['run_origin', {}, true],
  // Acts that say how far they are proved.
  ['retired', {}, false],
  ...['retired', 'gateway_key', 'schedule', 'gc', 'set_current', 'feedback_review'].map(
    (kind): [string, Record<string, unknown>, boolean] => [kind, {proof: 'unsigned'}, true],
  ),
  ['decision', {proof: 'signed'}, false],
])('an entry %s with %j is by a version that signs all: %s', (kind, data, expected) => {
  expect(signsAll(kind, data)).toBe(expected);
});
