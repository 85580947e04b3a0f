import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, it} from 'vitest';
import {findFormer} from '../../../activities/lifecycle/activities.ts';
import {promote} from '../../../activities/rollout/activities.ts';
import type {RolloutInput} from '../../../schemas/deployment.ts';
import {createKey} from '../../../stores/keys.ts';
import {approvedBy, approverOf, reported} from '../../workflows/approved.ts';
import {projectOf, type TestProject} from '../../workflows/project-of.ts';
import {releaseOf} from '../../workflows/releases.ts';

const NAME = 'promote-test';
const BY = 'rollout/lifecycle/promote-test/x';
let project: TestProject;
let input: RolloutInput;

beforeEach(async () => {
  project = await projectOf(NAME);
  const anna = await createKey('anna', {XDG_CONFIG_HOME: join(project.context.folder, 'config')});
  await project.write({approval: {approvers: [approverOf(anna)]}});
  const {registry, pointers} = project.context.stores;
  const [stable, candidate] = [releaseOf(NAME, 'old'), releaseOf(NAME, 'new')];
  for (const release of [stable, candidate]) await registry.putRelease(release);
  await pointers.bootstrap(NAME, stable.digest, {by: 'test', why: 'bootstrap'});
  const about = {release: candidate.digest, stable: stable.digest, dataset: 'd'.repeat(64)};
  const gauntlet = await reported(project, about);
  const digests = {release: about.release, dataset: about.dataset, report: gauntlet.report.sha256};
  const {release} = about;
  const rollout = {
    ...{project: NAME, runId: 'lifecycle/promote-test/x', release, stable: stable.digest},
    ...{steps: [], startedBy: 'ben'},
  };
  input = await approvedBy(project, [anna], rollout, gauntlet, digests);
});
afterEach(() => project.remove());

const former = () => findFormer({project: NAME, release: input.release}, project.context);

it('keeps what a release was judged by as it becomes stable: the run may end right then', async () => {
  expect(await former()).toBeNull();
  await promote({input, seq: 0, by: BY}, project.context);
  expect(await former()).toMatchObject({
    ...{release: input.release, run: input.runId, first: true},
    gauntlet: {stable: input.stable, report: input.proof.gauntlet.report},
    approval: {status: 'approved'},
    rollout: {status: 'promoted', release: input.release},
  });
});

it('a deleted report does not make the release its own stable: what it was compared with is known', async () => {
  await promote({input, seq: 0, by: BY}, project.context);
  await rm(join(project.context.folder, 'store', input.proof.gauntlet.report.uri));
  expect((await former())?.gauntlet.stable).toBe(input.stable);
});

it('a promotion that comes too late keeps nothing', async () => {
  const {pointers, registry} = project.context.stores;
  const other = releaseOf(NAME, 'other');
  await registry.putRelease(other);
  const {canary, shadow} = (await pointers.read(NAME))!;
  const move = {stable: other.digest, canary, shadow, by: 'carla', why: 'by hand'};
  await pointers.move(NAME, () => ({move}));
  expect(await promote({input, seq: 0, by: BY}, project.context)).toMatchObject({status: 'superseded'});
  await pointers.move(NAME, () => ({move: {...move, stable: input.release}}));
  expect(await former()).toBeNull();
});
