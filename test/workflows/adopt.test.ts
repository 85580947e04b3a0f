import {ApplicationFailure} from '@temporalio/activity';
import {WorkflowFailedError} from '@temporalio/client';
import {afterAll, beforeAll, expect, test} from 'vitest';
import type {AdoptInput} from '../../activities/stage/own-child.ts';
import {bundleOf, newProject, startWorkers, type TestWorkers} from './workers-of.ts';

const project = newProject();
let workers: TestWorkers;
let asked = 0;

beforeAll(async () => {
  workers = await startWorkers({
    project,
    bundle: await bundleOf('watch'),
    activities: () => ({
      awaitChild: () => {
        asked++;
        throw ApplicationFailure.nonRetryable('the disk is full', 'DiskFull');
      },
    }),
  });
}, 120_000);
afterAll(() => workers.stop());

test('a child that fails by itself is not cancelled, nor waited for again', async () => {
  const input: AdoptInput = {project, workflowId: `train/${project}/x`, parent: 'lifecycle', ended: 'taken'};
  const failed = workers.client.workflow.execute('adopt', {
    workflowId: `adopt/${project}`,
    taskQueue: workers.queue,
    args: [input],
  });
  await expect(failed).rejects.toBeInstanceOf(WorkflowFailedError);
  await expect(failed).rejects.toMatchObject({
    cause: {cause: {message: 'the disk is full', type: 'DiskFull'}},
  });
  expect(asked).toBe(1);
});
