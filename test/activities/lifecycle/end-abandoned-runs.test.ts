import {afterEach, beforeEach, expect, test} from 'vitest';
import {endAbandonedRuns} from '../../../activities/lifecycle/end-abandoned-runs.ts';
import type {RunRecord} from '../../../schemas/run.ts';
import {projectOf, type TestProject} from '../../workflows/project-of.ts';
import {temporalOf} from '../rollout/rollout-world.ts';

let project: TestProject;
beforeEach(async () => {
  project = await projectOf('post');
});
afterEach(() => project.remove());

const [DONE, GOES_ON, TERMINATED, FORGOTTEN, OWN] = [1, 2, 3, 4, 5].map(
  (n) => `lifecycle/post/2026010${n}T000000Z-abcdef`,
) as [string, string, string, string, string];
function record(id: string, change: Partial<RunRecord> = {}): RunRecord {
  const startedAt = '2026-01-01T00:00:00.000Z';
  return {
    ...{
      v: 1,
      id,
      project: 'post',
      status: 'running',
      startedBy: 'anna',
      reason: 'hand',
      startedAt,
      endedAt: null,
    },
    ...{
      links: {},
      stages: {
        curate: {status: 'done', startedAt, endedAt: startedAt},
        train: {status: 'running', startedAt, endedAt: null},
      },
    },
    ...change,
  };
}

test('a run whose workflow ended without a word is not shown as running for ever', async () => {
  const {registry} = project.context.stores;
  for (const one of [
    record(DONE, {status: 'done', endedAt: '2026-01-02T00:00:00.000Z'}),
    ...[GOES_ON, TERMINATED, FORGOTTEN, OWN].map((id) => record(id)),
  ])
    await registry.startRun(one);
  const client = temporalOf(
    new Map([
      [GOES_ON, {status: 'RUNNING', runId: 'r'}],
      [TERMINATED, {status: 'TERMINATED', runId: 'r'}],
      [DONE, {status: 'COMPLETED', runId: 'r'}],
    ]),
  );
  await endAbandonedRuns({project: 'post', but: OWN}, {...project.context, client});
  const after = await Array.fromAsync(registry.runs('post'));
  expect(Object.fromEntries(after.map(({id, status, note}) => [id, [status, note]]))).toEqual({
    [DONE]: ['done', undefined],
    [GOES_ON]: ['running', undefined],
    [TERMINATED]: ['cancelled', expect.stringContaining('it was terminated')],
    [FORGOTTEN]: ['cancelled', expect.stringContaining('knows it no more')],
    [OWN]: ['running', undefined],
  });
  const {stages, endedAt} = (await registry.run('post', TERMINATED))!;
  expect(stages.curate!.status).toBe('done');
  expect(stages.train).toMatchObject({status: 'cancelled', endedAt});
});
