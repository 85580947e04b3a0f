import type {ApprovalResult} from '../../schemas/approval.ts';
import {approvalWorkflowId, short} from '../../schemas/names.ts';
import {askApproval} from '../ask-approval.ts';
import {ends, type Judgement, type Step} from './judged.ts';
import type {Run} from './run.ts';

/**
 * 5. People. The decision binds the digests; it may take a month. What an earlier execution of this run asked and rolled out by
 * another report counts no more.
 */
export async function approved(run: Run, judgement: Judgement): Promise<Step<ApprovalResult>> {
  const {board, input, plan} = run;
  const {data, release, gauntlet} = judgement;
  run.tag({stage: 'approval'});
  const digests = {release, dataset: data.dataset, report: gauntlet.report.sha256};
  await run.withdraw('nothing goes on by another report', digests);
  const approval = await board.during(
    'approval',
    () => {
      board.set('approval', {
        childWorkflowId: approvalWorkflowId(run.id),
        note: `npx ratchet approve ${short(release)} --project ${input.project}`,
      });
      const {required, starterMayApprove, timeoutMs, reminderMs, quorum, escalation} = plan.approval;
      return askApproval({
        project: input.project,
        runId: run.id,
        digests,
        verdict: gauntlet.verdict,
        startedBy: input.startedBy,
        starterKey: input.starterKey,
        required,
        starterMayApprove,
        timeoutMs,
        reminderMs,
        ...(quorum === undefined ? {} : {quorum}),
        ...(escalation === undefined ? {} : {escalation}),
      });
    },
    (a) => ({
      status: 'done',
      note: a.status + (a.decisions.length > 0 ? ` by ${a.decisions.map((d) => d.by).join(', ')}` : ''),
    }),
  );
  await run.record('the approval', {approval, stages: board.record('approval')});
  if (approval.status === 'approved') return {value: approval};
  board.set('rollout', {status: 'skipped', note: `the release is ${approval.status}`});
  const reason =
    approval.status === 'rejected' ? `rejected: ${approval.comment}` : 'nobody decided before the deadline';
  return ends(run, judgement, {status: approval.status, reason, approval});
}
