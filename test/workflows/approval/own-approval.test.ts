import {describe, expect, it} from 'vitest';
import {signAct} from '../../../core/access/signed-act.ts';
import {signDecision} from '../../../core/approval/signature.ts';
import type {ApprovalInput, ApprovalResult} from '../../../schemas/approval.ts';
import {approvalWorkflowId} from '../../../schemas/names.ts';
import {details} from '../details.ts';
import {anna, approvalBed, asApprover, ben, refusal, update} from './approval-bed.ts';
import type {Handle} from './approval-bed.ts';

const bed = approvalBed();

describe('whoever starts workflows by hand', () => {
  /** An approval that a client starts, as any operator can, about the same run and digests. */
  async function byHand(input: ApprovalInput, workflowId: string): Promise<Handle> {
    const {client, queue} = bed.workers;
    return client.workflow.start<(input: ApprovalInput) => Promise<ApprovalResult>>('approval', {
      taskQueue: queue,
      workflowId,
      args: [input],
    });
  }

  it('approves nothing by an approval of their own: it ends, and the chain says nothing of it', async () => {
    const {handle, payload, input} = await bed.ask({startedBy: 'anna', starterKey: anna.id});
    expect(await refusal(update(handle, signDecision(payload, anna.privateKey)))).toMatch(
      / started this run and cannot be its only approver/,
    );
    const claims = {...input, startedBy: 'schedule', starterKey: ''};
    for (const workflowId of ['approval/whatever', approvalWorkflowId(`${input.runId}2`)]) {
      const forged = await byHand({...claims, runId: workflowId.replace(/^approval./, '')}, workflowId);
      const own = {...payload, run: forged.firstExecutionRunId};
      // Whether it came before or behind the end, it is not counted.
      const sent = update(forged, signDecision(own, anna.privateKey)).then(
        () => 'counted',
        () => 'not counted',
      );
      await expect(forged.result()).rejects.toMatchObject({
        cause: {
          cause: {
            type: 'NotPermitted',
            message: expect.stringMatching(
              /^approval.* decides nothing: it was started by a client, expected /,
            ) as string,
          },
        },
      });
      expect(await sent).toBe('not counted');
    }
    expect(await bed.audited()).toEqual([]);
    expect((await update(handle, signDecision({...payload, key: ben.id}, ben.privateKey))).outcome).toBe(
      'approved',
    );
  });
});

describe('the starter of a run', () => {
  it('who had no name when they started it does not approve it by another key, now that they have one', async () => {
    const second = {...ben, name: 'anna'};
    const people = [asApprover(anna), asApprover(second)];
    const {handle, payload} = await bed.ask({startedBy: `key:${anna.id}`, starterKey: anna.id}, people);
    await expect.poll(() => details(handle), {timeout: 30_000}).toContain(`anna (\`${ben.id}\`)`);
    const by = {...payload, key: ben.id};
    expect(await refusal(update(handle, signDecision(by, ben.privateKey)))).toMatch(
      /^anna started this run and cannot be its only approver/,
    );
  });

  it('is who signed its start, whatever the approval was started with', async () => {
    const signedBy = async (runId: string, project: string): Promise<void> => {
      const expiry = new Date(Date.now() + 3_600_000).toISOString();
      const about = {run: runId, settings: 'e'.repeat(64)};
      const signed = signAct(
        {v: 1, project, act: 'run', key: anna.id, comment: '', expiry, about},
        anna.privateKey,
      );
      const publicKey = `ed25519:${Buffer.from(anna.publicKey).toString('base64')}`;
      const data = {run: runId, signed: {...signed, publicKey}};
      await bed.project.context.stores.audit(project).append({kind: 'run_start', actor: 'anna', data});
    };
    const {handle, payload} = await bed.ask({startedBy: 'schedule'}, undefined, signedBy);
    await expect.poll(() => details(handle), {timeout: 30_000}).toContain('- started by anna');
    expect(await refusal(update(handle, signDecision(payload, anna.privateKey)))).toMatch(
      / started this run and cannot be its only approver/,
    );
    expect((await update(handle, signDecision({...payload, key: ben.id}, ben.privateKey))).outcome).toBe(
      'approved',
    );
    await handle.result();
    expect((await bed.audited()).at(-1)!.data).toMatchObject({startedBy: 'anna', starterKey: anna.id});
  });
});
