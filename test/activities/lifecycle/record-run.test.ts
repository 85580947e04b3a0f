import {afterEach, beforeEach, expect, test} from 'vitest';
import {recordRun} from '../../../activities/lifecycle/activities.ts';
import type {RunRecord} from '../../../schemas/run.ts';
import {projectOf, type TestProject} from '../../workflows/project-of.ts';

const RUN = 'lifecycle/post/20260101T000000Z-abcdef';
let project: TestProject;
beforeEach(async () => {
  project = await projectOf('post');
});
afterEach(() => project.remove());

async function recorded(change: Partial<RunRecord>): Promise<void> {
  const startedAt = '2026-01-01T00:00:00.000Z';
  await project.context.stores.registry.startRun({
    v: 1,
    id: RUN,
    project: 'post',
    status: 'running',
    startedBy: 'anna',
    reason: 'hand',
    startedAt,
    endedAt: null,
    stages: {},
    links: {},
    ...change,
  });
}
const failed = {status: 'failed', endedAt: '2026-01-02T00:00:00.000Z', note: 'it is not started'} as const;
const fails = (run: string, opened: boolean) =>
  recordRun({project: 'post', run, change: failed, opened}, project.context);
const now = () => project.context.stores.registry.run('post', RUN);

test.each(['done', 'failed', 'cancelled'] as const)(
  'what was refused under the ID of a run that is %s leaves its record as it is',
  async (status) => {
    await recorded({status, endedAt: '2026-01-01T01:00:00.000Z', note: 'of then'});
    const before = await now();
    await expect(fails(RUN, false)).rejects.toMatchObject({
      type: 'NotPermitted',
      message: `${RUN} is ${status}: what was not opened under its ID does not change that`,
    });
    expect(await now()).toEqual(before);
  },
);

test('what was refused under another ID that would be kept in the same place changes nothing', async () => {
  await recorded({});
  for (const opened of [true, false])
    await expect(fails('20260101T000000Z-abcdef', opened)).rejects.toMatchObject({type: 'InvalidInput'});
  expect(await now()).toMatchObject({status: 'running'});
});

test('a run that fails while it is opened is recorded as failed', async () => {
  await recorded({});
  await fails(RUN, false);
  expect(await now()).toMatchObject(failed);
});

test('a run that was opened says how it ended, also after a reset', async () => {
  await recorded({status: 'cancelled', endedAt: '2026-01-01T01:00:00.000Z'});
  await fails(RUN, true);
  expect(await now()).toMatchObject(failed);
});
