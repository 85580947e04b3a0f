import {describe, expect, test} from 'vitest';
import type {ApprovalState} from '../../core/approval/check-decision.ts';
import type {ApprovalInput} from '../../schemas/approval.ts';
import {approvalDetails} from '../../workflows/approval-details.ts';

const digests = {release: 'a'.repeat(64), dataset: 'b'.repeat(64), report: 'c'.repeat(64)};
const input: ApprovalInput = {
  project: 'post',
  runId: 'lifecycle/post/20021203T114636Z-k3f9qa',
  digests,
  verdict: 'pass',
  startedBy: 'anna',
  starterKey: '',
  required: 1,
  starterMayApprove: false,
  timeoutMs: 1000,
  reminderMs: 1000,
};
const state: ApprovalState = {
  project: 'post',
  run: 'execution',
  digests,
  now: 0,
  deadline: Date.UTC(2002, 11, 4),
  keys: [{id: '0123456789abcdef', name: 'berta', roles: ['approver']}],
  startedBy: 'anna',
  starterKey: '',
  starterMayApprove: false,
  required: 1,
  counted: [],
  outcome: null,
};

describe('what a person reads of an approval in the Temporal UI', () => {
  test('while it waits: who is still to decide, and the commands', () => {
    const text = approvalDetails({input, state, refusals: []});
    expect(text).toContain(
      '**Waits for approval.** Release `aaaaaaaaaaaa` of project `post`, verdict **pass**.',
    );
    expect(text).toContain('- 0 of 1 approvals; deadline 2002-12-04T00:00:00.000Z');
    expect(text).toContain('- of all approvers: 0 of 1; still to decide: berta');
    expect(text).toContain('    ratchet approve aaaaaaaaaaaa --comment "why"');
    expect(text).not.toContain('Refused');
  });

  test.for(['approved', 'rejected', 'expired'] as const)(
    'once it is %s: nobody is asked any more',
    (outcome) => {
      const text = approvalDetails({input, state: {...state, outcome}, refusals: []});
      expect(text).toContain(`**${outcome[0]!.toUpperCase()}${outcome.slice(1)}.** Release`);
      expect(text).not.toContain('still to decide');
      expect(text).not.toContain('ratchet approve');
    },
  );

  test('the last five refusals, and how many there were', () => {
    const refusals = Array.from({length: 7}, (_, i) => `refusal ${i}`);
    const text = approvalDetails({input, state, refusals});
    expect(text).toContain('Refused (7):\n- refusal 2\n');
    expect(text).not.toContain('refusal 1');
    expect(text.endsWith('- refusal 6')).toBe(true);
  });
});
