import type {Client} from '@temporalio/client';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {executionOf} from '../../../activities/access/executions.ts';
import {currentRun} from '../../../activities/rollout/current-run.ts';
import type {ApprovalInput} from '../../../schemas/approval.ts';
import {approvalWorkflowId} from '../../../schemas/names.ts';
import {bundleOf, startWorkers, type TestWorkers} from '../../workflows/workers-of.ts';

let workers: TestWorkers;
beforeAll(async () => {
  // Nothing here is carried out: what is asked is who started what.
  workers = await startWorkers({bundle: await bundleOf('approval'), activities: () => ({nothing: () => {}})});
}, 120_000);
afterAll(() => workers.stop());

const of = (workflowId: string, runId?: string) =>
  executionOf(
    {workflowId, ...(runId === undefined ? {} : {runId})},
    {client: () => Promise.resolve(workers.client)},
  );

it('a workflow is told with what started it; a reset keeps its first run ID, another start does not', async () => {
  const {client, queue, project} = workers;
  const runId = `lifecycle/${project}/x`;
  const input = {project, runId, digests: {}, timeoutMs: 60_000} as ApprovalInput;
  const start = () =>
    client.workflow.start('lifecycle', {taskQueue: queue, workflowId: runId, args: [input]});
  const parent = await start();
  await parent.result();
  const first = parent.firstExecutionRunId;
  const child = client.workflow.getHandle(approvalWorkflowId(runId));
  expect(await of(approvalWorkflowId(runId))).toMatchObject({
    workflowId: approvalWorkflowId(runId),
    type: 'approval',
    parent: {workflowId: runId, runId: first},
    began: (await child.describe()).startTime.toISOString(),
  });
  expect(await of(runId)).toMatchObject({type: 'lifecycle', parent: null, runId: first, firstRunId: first});

  const {events} = await parent.fetchHistory();
  const task = events?.find((event) => event.workflowTaskCompletedEventAttributes);
  const reset = await client.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: {workflowId: runId, runId: first},
    workflowTaskFinishEventId: task!.eventId!,
    reason: 'test',
    requestId: `${runId}/reset`,
  });
  expect(await of(runId)).toMatchObject({runId: reset.runId, firstRunId: first});
  // Reset, it asks for its approval again, which is there.
  await client.workflow.getHandle(runId).terminate();
  await child.terminate();
  const again = await start();
  expect(await of(runId)).toMatchObject({
    runId: again.firstExecutionRunId,
    firstRunId: again.firstExecutionRunId,
  });
  expect(again.firstExecutionRunId).not.toBe(first);
  await again.result();
  await client.workflow.getHandle(approvalWorkflowId(runId)).terminate();
});

it('what Temporal does not know is nobody, under a run ID of any shape', async () => {
  expect(await of('lifecycle/nobody/x')).toBeNull();
  expect(await of('lifecycle/nobody/x', '0198c0de-0000-7000-8000-000000000001')).toBeNull();
  expect(await of('lifecycle/nobody/x', 'no run ID')).toBeNull();
  const client = (): Promise<Client> => Promise.resolve(workers.client);
  for (const id of ['lifecycle/nobody/x', 'x'.repeat(2000)]) {
    expect(await of(id)).toBeNull();
    expect(await currentRun(id, {client})).toBeNull();
  }
});
