import {describe, expect, test} from 'vitest';
import type {RolloutInput, RolloutResult} from '../../schemas/deployment.ts';
import {rolloutWorkflowId} from '../../schemas/names.ts';
import {commandBed} from './command-bed.ts';
import {until} from './until.ts';

const bed = commandBed();

describe('promote and abort', () => {
  async function waiting(): Promise<{handle: ReturnType<typeof handleOf>; release: string}> {
    const runId = `lifecycle/${bed.name}/${Math.random()}`;
    const input = {
      project: bed.name,
      runId,
      release: bed.there.base.digest,
      stable: bed.there.candidate.digest,
      steps: [{pause: {}}],
      startedBy: 'otto',
      proof: {},
    };
    await bed.workers.client.workflow.start('rollout', {
      workflowId: rolloutWorkflowId(runId),
      taskQueue: bed.workers.queue,
      args: [input as unknown as RolloutInput],
    });
    await until('the rollout to be listed', async () => {
      const query = `WorkflowType = 'rollout' AND ExecutionStatus = 'Running' AND RatchetProject = '${bed.name}'`;
      return (await bed.workers.client.workflow.count(query)).count > 0;
    });
    const handle = handleOf(runId);
    await until('it to wait for a person', async () =>
      (await handle.query<{note: string}>('progress')).note.startsWith('Waits'),
    );
    return {handle, release: bed.there.base.digest};
  }
  const handleOf = (runId: string) =>
    bed.workers.client.workflow.getHandle<(input: RolloutInput) => Promise<RolloutResult>>(
      rolloutWorkflowId(runId),
    );

  test('go on with, or end, the one rollout that waits', async () => {
    const {handle} = await waiting();
    const {code, stdout, stderr} = await bed.ratchet('promote', '--comment', 'answers read', '--json');
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({act: 'promote', release: bed.there.base.digest});
    expect(await handle.result()).toMatchObject({status: 'promoted'});
    expect(bed.acts.at(-1)).toMatchObject({
      act: 'promote',
      by: 'anna',
      comment: 'answers read',
      signed: {payload: {act: 'promote', comment: 'answers read'}},
    });

    const second = await waiting();
    expect((await bed.ratchet('abort', '--comment', 'slow')).code).toBe(0);
    expect(await second.handle.result()).toMatchObject({status: 'fell_back'});
  });

  test('nothing waits', async () => {
    await until('no rollout to be listed', async () => {
      const query = `WorkflowType = 'rollout' AND ExecutionStatus = 'Running' AND RatchetProject = '${bed.name}'`;
      return (await bed.workers.client.workflow.count(query)).count === 0;
    });
    expect(await bed.refused(2, 'promote')).toBe(
      `ratchet: no rollout of ${bed.name} is going on; see \`ratchet runs ${bed.name}\``,
    );
  });
});
