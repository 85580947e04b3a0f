import {proxyActivities} from '@temporalio/workflow';
import {taskQueue} from '../../../schemas/names.ts';
import type {StageRequest} from '../../../schemas/stage.ts';
import {findOrRun, type Found, type StageInput} from '../../../workflows/find-or-run.ts';
import {whileWaitedFor} from '../../../workflows/while-waited-for.ts';

/** A run that wants one stage. */
export async function run(request: StageRequest): Promise<Found<string>> {
  return findOrRun(stage, request, () => undefined);
}

/** A stage whose work is one activity that the test holds open, and a short one behind it. */
export async function stage(input: StageInput): Promise<string> {
  const {project} = input.request;
  const {work, finishUp} = proxyActivities<{
    work: (key: string) => Promise<string>;
    finishUp: (result: string) => Promise<string>;
  }>({
    taskQueue: taskQueue(project, 'cpu'),
    startToCloseTimeout: '1 min',
    heartbeatTimeout: '10 s',
  });
  return whileWaitedFor(input, async () => finishUp(await work(input.key)));
}
