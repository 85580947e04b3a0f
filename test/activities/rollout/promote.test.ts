import {afterEach, beforeEach, expect, it} from 'vitest';
import {findFormer} from '../../../activities/lifecycle/activities.ts';
import type {RolloutInput} from '../../../schemas/deployment.ts';
import {releaseOf} from '../../workflows/releases.ts';
import {RolloutWorld, type TestRollout} from './rollout-world.ts';

const NAME = 'promote-test';
let world: RolloutWorld;
let rollout: TestRollout;
let input: RolloutInput;
let seq = 0;

beforeEach(async () => {
  world = await RolloutWorld.of(NAME);
  rollout = await world.approved('new');
  input = rollout.input;
  const opened = await rollout.open();
  if (opened.status === 'moved') seq = opened.seq;
});
afterEach(() => world.remove());

const former = () => findFormer({project: NAME, release: input.release}, world.context);

it('keeps what a release was judged by as it becomes stable: the run may end right then', async () => {
  expect(await former()).toBeNull();
  await rollout.promote(seq);
  expect(await former()).toMatchObject({
    release: input.release,
    run: input.runId,
    first: true,
    gauntlet: {stable: input.stable, report: input.proof.gauntlet.report},
    approval: {status: 'approved'},
    rollout: {status: 'promoted', release: input.release},
  });
});

it('a deleted report does not make the release its own stable: what it was compared with is known', async () => {
  await rollout.promote(seq);
  await world.context.stores.objects.delete(input.proof.gauntlet.report.uri);
  expect((await former())?.gauntlet.stable).toBe(input.stable);
});

it('a promotion that comes too late keeps nothing', async () => {
  const {pointers, registry} = world.context.stores;
  const other = releaseOf(NAME, 'other');
  await registry.putRelease(other);
  const {canary, shadow} = (await pointers.read(NAME))!;
  const move = {stable: other.digest, canary, shadow, by: 'carla', why: 'by hand'};
  await pointers.move(NAME, () => ({move}));
  expect(await rollout.promote(seq)).toMatchObject({status: 'superseded'});
  await pointers.move(NAME, () => ({move: {...move, stable: input.release}}));
  expect(await former()).toBeNull();
});
