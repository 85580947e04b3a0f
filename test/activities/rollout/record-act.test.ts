import {afterEach, beforeEach, expect, it} from 'vitest';
import {recordAct} from '../../../activities/rollout/activities.ts';
import type {ProvedAct} from '../../../schemas/access.ts';
import {person, proved, twin} from '../../people.ts';
import {projectOf, type TestProject} from '../../workflows/project-of.ts';

const [otto, mallory] = [person('otto'), person('mallory')];
const about = {rollout: 'rollout/x', run: 'r', release: 'a', step: '1', number: '1'};
const signed = (change: Record<string, string> = {}): ProvedAct =>
  proved(otto, {project: 'post', act: 'promote', about: {...about, ...change}});
const since = new Date().toISOString();

let project: TestProject;
beforeEach(async () => {
  project = await projectOf('post');
});
afterEach(() => project.remove());

const recorded = (one: ProvedAct | null, change: {run?: string; number?: number} = {}) =>
  recordAct(
    {
      project: 'post',
      runId: 'lifecycle/post/x',
      rollout: 'rollout/x',
      release: 'a',
      act: 'promote',
      by: 'otto',
      comment: '',
      step: 'pause',
      number: 1,
      since,
      target: 'stable',
      run: 'r',
      at: 1,
      ...change,
      signed: one,
    },
    project.context,
  );

it('an act is recorded once a run of the rollout, and number', async () => {
  await recorded(signed());
  await recorded(signed());
  // Reset, the rollout has another run ID, and counts anew.
  await recorded(signed({run: 'q'}), {run: 'q'});
  await recorded(signed({number: '2'}), {number: 2});
  const acts = (await project.audited()).map(({data}) => [data['run'], data['at'], data['number']]);
  expect(acts).toEqual([
    ['r', 1, 1],
    ['q', 1, 1],
    ['r', 1, 2],
  ]);
});

it.each<[string, () => ProvedAct, RegExp]>([
  ['another run', () => signed({run: 'q'}), /for another run$/],
  ['another step', () => signed({step: '2'}), /for another step$/],
  ['another number', () => signed({number: '2'}), /for another number$/],
  ['another rollout', () => signed({rollout: 'rollout/y'}), /for another rollout$/],
  ['another release', () => signed({release: 'b'}), /for another release$/],
  ['another key than its own', () => ({...signed(), publicKey: mallory.key}), /not by its public key/],
])('one that is signed for %s is not', async (_, one, reason) => {
  await expect(recorded(one())).rejects.toMatchObject({
    type: 'NotPermitted',
    message: expect.stringMatching(reason) as string,
  });
  await expect(recorded({...signed(), signature: twin(signed().signature)})).rejects.toMatchObject({
    type: 'InvalidInput',
  });
  expect(await project.audited()).toEqual([]);
});
