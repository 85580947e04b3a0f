import type {Client} from '@temporalio/client';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {checkDrift} from '../../../activities/monitor/check-drift.ts';
import {
  endOrphanedRollout,
  fallBack,
  openRollout,
  promote,
  setWeight,
} from '../../../activities/rollout/activities.ts';
import {retireRelease} from '../../../stores/registry/retirements.ts';
import {verifyAudit} from '../../../stores/audit/verify-audit.ts';
import {RolloutWorld, TestRollout} from './rollout-world.ts';

const NAME = 'fenced-test';
let world: RolloutWorld;
let one: TestRollout;
beforeEach(async () => {
  world = await RolloutWorld.of(NAME);
  one = await world.approved('new');
});
afterEach(async () => {
  // Whatever happened, nobody moved who might not.
  expect((await verifyAudit(world.context.stores, NAME)).breaks).toEqual([]);
  await world.remove();
});

const seqOf = (moved: {status: string; seq?: number}): number => {
  expect(moved.status).toBe('moved');
  return moved.seq!;
};
const opened = async (rollout = one): Promise<number> => seqOf(await rollout.open());
const noTraffic = async (): Promise<void> =>
  expect(await world.deployment()).toMatchObject({stable: world.stable, canary: null, shadow: null});
const kinds = async (): Promise<string[]> => (await world.project.audited()).map(({kind}) => kind);

describe('an attempt that comes late', () => {
  it('of a weight, after the rollout fell back, gives no share', async () => {
    const seq = await opened();
    await one.weight(seq, 10);
    await one.back('worse');
    expect(await one.weight(seq, 10)).toMatchObject({
      status: 'superseded',
      reason: expect.stringMatching(/^it has ended; .* by rollout\/.* \(back to stable: worse/) as string,
    });
    await noTraffic();
  });

  it('of a promotion, after it was cancelled, makes nothing stable', async () => {
    const seq = await opened();
    await one.back('the rollout was cancelled');
    expect(await one.promote(seq)).toMatchObject({status: 'superseded'});
    await noTraffic();
  });

  it('of its opening, after it ended before it was open, opens nothing', async () => {
    await one.back('the rollout was cancelled');
    await one.back('the rollout was cancelled');
    await expect(one.open()).rejects.toThrow(
      /the approval of its run was used up: its candidate was taken back/,
    );
    await noTraffic();
    expect((await kinds()).slice(-1)).toEqual(['rollout_ended']);
    expect((await world.deployment()).seq).toBe(1);
  });

  it('of an earlier step moves nothing back', async () => {
    const seq = await opened();
    const ten = seqOf(await one.weight(seq, 10));
    await one.weight(ten, 50);
    expect(await one.weight(seq, 10)).toMatchObject({status: 'superseded'});
    expect((await world.deployment()).canary?.weight).toBe(50);
  });

  it('of a workflow that has ended moves nothing, though nothing was written since', async () => {
    const seq = await opened();
    for (const status of [
      'COMPLETED',
      'FAILED',
      'CANCELLED',
      'TERMINATED',
      'CONTINUED_AS_NEW',
      'TIMED_OUT',
    ]) {
      one.is(status);
      for (const late of [one.weight(seq, 10), one.shadow(seq, 10), one.promote(seq)])
        expect(await late).toEqual({status: 'superseded', reason: 'its workflow has ended'});
    }
    await noTraffic();
  });

  it('of a workflow that Temporal does not know opens nothing', async () => {
    world.known.delete(one.by);
    expect(await one.open()).toEqual({status: 'superseded', reason: 'its workflow has ended'});
    expect((await world.deployment()).seq).toBe(0);
  });
});

describe('an answer that was lost', () => {
  it('is found again, whoever wrote an end meanwhile', async () => {
    const other = await world.approved('other');
    const seq = await opened();
    await other.back('superseded');
    expect(await one.open()).toMatchObject({status: 'moved', seq});
    const ten = seqOf(await one.weight(seq, 10));
    await other.back('again');
    expect(await one.weight(seq, 10)).toMatchObject({status: 'moved', seq: ten});
    await one.promote(ten);
    expect(await one.promote(ten)).toMatchObject({status: 'moved'});
    expect(await world.deployment()).toMatchObject({stable: one.input.release, canary: null});
    expect((await kinds()).filter((kind) => kind === 'pointer')).toHaveLength(2);
  });
});

describe('the way back', () => {
  it('says that it is too late, where a promotion of which nothing was heard was made', async () => {
    await one.promote(await opened());
    expect(await one.back('the rollout was cancelled')).toBe('promoted');
    expect((await world.deployment()).stable).toBe(one.input.release);
    await world.context.stores.pointers.rollback(NAME, world.stable, {by: 'anna', why: 'harm'});
    expect(await one.back('the rollout was cancelled')).toBe('back');
  });
});

describe('a reset', () => {
  it('goes on from where it was reset to, and what the run before still tries moves nothing', async () => {
    const seq = await opened();
    const ten = seqOf(await one.weight(seq, 10));
    await one.weight(ten, 50);
    one.is('RUNNING', 'r2');
    const again = seqOf(await one.weight(seq, 10, {run: 'r2'}));
    expect((await world.deployment()).canary?.weight).toBe(10);
    expect(await one.promote(ten)).toEqual({status: 'superseded', reason: 'its workflow was reset'});
    expect(await one.weight(seq, 10, {run: 'r2'})).toMatchObject({status: 'moved', seq: again});
    await one.promote(again, {run: 'r2'});
    expect((await world.deployment()).stable).toBe(one.input.release);
  });

  it('to its beginning opens anew, with no share', async () => {
    await one.weight(await opened(), 10);
    one.is('RUNNING', 'r2');
    seqOf(await one.open({run: 'r2'}));
    await noTraffic();
    expect(await one.open()).toEqual({status: 'superseded', reason: 'its workflow was reset'});
  });

  it('after its end opens and moves nothing', async () => {
    const seq = await opened();
    await one.back('ended by anna: it harms users');
    one.is('RUNNING', 'r2');
    await expect(one.open({run: 'r2'})).rejects.toThrow(
      /the approval of its run was used up: its candidate was taken back/,
    );
    expect(await one.promote(seq, {run: 'r2'})).toMatchObject({status: 'superseded'});
    await noTraffic();
  });

  it('after it promoted promotes nothing again', async () => {
    const seq = await opened();
    await one.promote(seq);
    await world.context.stores.pointers.rollback(NAME, world.stable, {by: 'anna', why: 'slow'});
    one.is('RUNNING', 'r2');
    expect(await one.promote(seq, {run: 'r2'})).toMatchObject({status: 'superseded'});
    await noTraffic();
  });
});

describe('an approval', () => {
  const opensNothing = async (): Promise<void> => {
    const before = await world.deployment();
    await expect(one.open()).rejects.toMatchObject({name: 'NotPermitted'});
    // … nor does another execution that somebody starts by hand with the same proof.
    one.is('RUNNING', 'by-hand');
    await expect(one.open({run: 'by-hand', execution: 'by-hand'})).rejects.toMatchObject({
      name: 'NotPermitted',
      message: expect.stringMatching(/the approval of its run was used up: .*; run the lifecycle/) as string,
    });
    expect(await world.deployment()).toEqual(before);
  };

  it('opens nothing after an abort', async () => {
    await one.weight(await opened(), 10);
    await one.back('ended by anna: it harms users');
    await opensNothing();
  });

  it('opens nothing after the promotion was rolled back', async () => {
    await one.promote(await opened());
    await world.context.stores.pointers.rollback(NAME, world.stable, {by: 'anna', why: 'harm'});
    await opensNothing();
  });

  it('opens nothing after a rollback in the middle', async () => {
    const {pointers} = world.context.stores;
    await one.weight(await opened(), 10);
    expect(await pointers.rollback(NAME, world.stable, {by: 'anna', why: 'harm'})).toMatchObject({
      status: 'moved',
      deployment: {canary: null, ends: {by: one.by, execution: 'r1'}},
    });
    await opensNothing();
  });

  it('opens nothing after its rollout was terminated', async () => {
    await one.weight(await opened(), 10);
    one.is('TERMINATED');
    await endOrphanedRollout({project: NAME}, world.context);
    await opensNothing();
  });

  it('opens nothing after a rollout of a former version, which wrote only its moves', async () => {
    const {pointers} = world.context.stores;
    const move = {stable: world.stable, canary: null, shadow: null, by: one.by, why: 'back to stable'};
    await pointers.move(NAME, () => ({move: {...move, canary: {release: one.input.release, weight: 5}}}));
    await pointers.move(NAME, () => ({move}));
    await expect(one.open()).rejects.toThrow(
      /the approval of its run was used up: its candidate was taken back/,
    );
  });

  it('opens nothing though its rollout, which was terminated, is still to be taken away', async () => {
    await one.weight(await opened(), 10);
    one.is('RUNNING', 'by-hand');
    await expect(one.open({run: 'by-hand', execution: 'by-hand'})).rejects.toThrow(
      /its approval was used by another execution of it/,
    );
  });

  it('moves nothing while the deployment is not what the chain explains, or its run was cancelled', async () => {
    const {stores} = world.context;
    const seq = await opened();
    const key = `pointers/${NAME}/deployment.json`;
    const before = await world.deployment();
    const put = (value: object) => stores.objects.put(key, Buffer.from(JSON.stringify(value)));
    await put({...before, former: ['e'.repeat(64)]});
    await expect(one.weight(seq, 10)).rejects.toThrow(
      /is not what the audit chain explains: its former releases are not/,
    );
    await put(before);
    const {seq: moved} = (await one.weight(seq, 10)) as {seq: number};
    await stores.audit(NAME).append({kind: 'cancel', actor: 'otto', data: {run: one.input.runId}});
    await expect(one.weight(moved, 50)).rejects.toThrow(/used up: its run was cancelled in entry/);
    expect((await world.deployment()).canary).toMatchObject({weight: 10});
  });

  it('is not used by what other rollouts moved meanwhile, in a former version too', async () => {
    const {pointers} = world.context.stores;
    const {by, input} = await world.approved('other');
    const move = {stable: world.stable, canary: null, shadow: null, by, why: 'back to stable'};
    await pointers.move(NAME, () => ({move: {...move, canary: {release: input.release, weight: 5}}}));
    await pointers.move(NAME, () => ({move}));
    await opened();
    expect((await world.deployment()).rollout).toMatchObject({by: one.by});
  });

  it('is not used by a rollout that was refused: somebody started it before anybody approved', async () => {
    const early = new TestRollout(world, {...one.input, runId: `lifecycle/${NAME}/later`});
    early.is('RUNNING');
    await expect(early.open()).rejects.toThrow(/holds no approval of run/);
    await early.back('not approved', {run: 'early', execution: 'early'});
    await opened(await world.approved('other', {run: 'later'}));
  });

  it('opens nothing after its rollout was cancelled before it was open', async () => {
    await one.back('the rollout was cancelled', {run: 'r0', execution: 'r0'});
    await expect(one.open()).rejects.toThrow(
      /the approval of its run was used up: its candidate was taken back/,
    );
  });

  it('is of the rollout of its run alone, called by that', async () => {
    const {input, by} = one;
    const stranger = new TestRollout(world, {...input, runId: `${input.runId}-2`});
    stranger.is('RUNNING');
    await expect(stranger.open()).rejects.toThrow(/holds no approval of run/);
    const caller = {workflowId: 'rollout/mine', runId: 'r1'};
    for (const name of [by, 'rollout/mine']) {
      const about = {input, by: name, execution: 'r1'};
      await expect(openRollout(about, world.context, caller)).rejects.toThrow(
        /rollout\/mine is not the rollout of/,
      );
      await expect(promote({...about, seq: 0}, world.context, caller)).rejects.toThrow(/is not the rollout/);
    }
    const foreign = {input, by: 'rollout/mine', execution: 'r1', reason: 'x'};
    await fallBack(foreign, world.context, caller);
    expect((await world.deployment()).seq).toBe(0);
  });
});

describe('each move', () => {
  it('takes a permission of its own', async () => {
    const seq = await opened();
    await world.project.write({approval: {approvers: []}});
    for (const refused of [() => one.shadow(seq, 10), () => one.weight(seq, 10), () => one.promote(seq)])
      await expect(refused()).rejects.toThrow(/of 1 recorded decisions 0 hold/);
    await noTraffic();
  });

  it('of a workflow that a former version began is by the run that it is in', async () => {
    const {input, by} = one;
    const caller = {workflowId: by, runId: 'r1'};
    const {seq} = (await openRollout({input, by}, world.context, caller)) as {seq: number};
    expect(await setWeight({input, by, seq, weight: 10}, world.context, caller)).toMatchObject({
      status: 'moved',
    });
    expect((await world.deployment()).rollout).toMatchObject({by, execution: 'r1', run: 'r1'});
    await fallBack({input, by, reason: 'worse'}, world.context, caller);
    await noTraffic();
  });
});

describe('two rollouts', () => {
  it.each(['new', 'other'])(
    'the second gives way while the first runs (its candidate: %s)',
    async (version) => {
      const two = await world.approved(version, {run: 'two'});
      const seq = await opened();
      expect(await two.open()).toMatchObject({
        status: 'superseded',
        reason: `another rollout is under way: ${one.by} (opened: release ${one.input.release.slice(0, 12)}, run ${one.input.runId})`,
      });
      await two.back('superseded');
      const ten = seqOf(await one.weight(seq, 10));
      expect(await two.weight(ten, 90)).toMatchObject({status: 'superseded'});
      expect((await world.deployment()).canary).toEqual({release: one.input.release, weight: 10});
    },
  );

  it('the second takes away what the first left that was terminated, and that comes back no more', async () => {
    const two = await world.approved('other');
    const seq = await opened();
    const ten = seqOf(await one.weight(seq, 10));
    one.is('TERMINATED');
    await opened(two);
    await noTraffic();
    expect(await world.deployment()).toMatchObject({ends: {by: one.by, execution: 'r1'}});
    one.is('RUNNING', 'r2');
    for (const late of [one.weight(ten, 50, {run: 'r2'}), one.promote(ten, {run: 'r2'})])
      expect(await late).toMatchObject({status: 'superseded'});
    await noTraffic();
  });
});

describe('what a terminated rollout left', () => {
  const end = () => endOrphanedRollout({project: NAME}, world.context);

  it('is taken away, once, and not while it runs', async () => {
    expect(await end()).toBeNull();
    await one.weight(await opened(), 10);
    expect(await end()).toBeNull();
    expect((await world.deployment()).canary?.weight).toBe(10);
    one.is('TERMINATED');
    expect(await end()).toBe(one.by);
    await noTraffic();
    const {seq} = await world.deployment();
    expect(await end()).toBeNull();
    expect((await world.deployment()).seq).toBe(seq);
  });

  it('is taken away by the monitor when it looks', async () => {
    await one.weight(await opened(), 10);
    one.is('TERMINATED');
    const state = {reference: null, seenTo: null, resetAt: null, startedAt: null, checks: 0};
    const activity = {
      progress: () => undefined,
      spend: () => undefined,
      signal: AbortSignal.timeout(60_000),
      shuttingDown: () => false,
      attempt: 1,
      workflowId: `monitor/${NAME}`,
      runId: 'm',
    };
    const look = {project: NAME, state, forced: false, at: new Date().toISOString()};
    expect((await checkDrift(look, world.context, activity)).check).toBeNull();
    await noTraffic();
  });

  it('is nothing where there is no deployment, and is known of a former version too', async () => {
    expect(await endOrphanedRollout({project: 'nobody'}, world.context)).toBeNull();
    const canary = {release: one.input.release, weight: 5};
    await world.context.stores.pointers.move(NAME, ({stable}) => ({
      move: {stable, canary, shadow: null, by: one.by, why: 'canary 5 %'},
    }));
    world.known.delete(one.by);
    expect(await end()).toBe(one.by);
    await noTraffic();
  });

  it('is taken away by a rollback to the release that is stable, with Temporal down', async () => {
    const {pointers} = world.context.stores;
    await one.weight(await opened(), 10);
    await pointers.rollback(NAME, world.stable.slice(0, 8), {by: 'anna', why: 'terminated'});
    await noTraffic();
    expect(await pointers.rollback(NAME, world.stable, {by: 'anna', why: 'again'})).toMatchObject({
      status: 'refused',
      reason: `${world.stable.slice(0, 12)} is stable already`,
    });
  });
});

describe('a Temporal that does not answer', () => {
  it('lets nobody move, and nothing be taken away', async () => {
    const seq = await opened();
    await one.weight(seq, 10);
    const describe = () => Promise.reject(new Error('deadline exceeded'));
    const client = () => Promise.resolve({workflow: {getHandle: () => ({describe})}} as unknown as Client);
    const context = {...world.context, client};
    await expect(endOrphanedRollout({project: NAME}, context)).rejects.toThrow('deadline exceeded');
    const late = {input: one.input, by: one.by, execution: 'r1', seq: seq + 1, weight: 50};
    await expect(setWeight(late, context, {workflowId: one.by, runId: 'r1'})).rejects.toThrow(
      'deadline exceeded',
    );
    expect((await world.deployment()).canary?.weight).toBe(10);
  });
});

describe('a rollout that waits', () => {
  it('stands until it is ended', async () => {
    const seq = await opened();
    expect(await one.stands(seq)).toMatchObject({status: 'moved', seq});
    await world.context.stores.pointers.rollback(NAME, world.stable, {by: 'anna', why: 'harm'});
    expect(await one.stands(seq)).toMatchObject({status: 'superseded'});
  });
});

describe('a release that was retired while it answers', () => {
  const retired = async (release: string): Promise<void> => {
    const retirement = {v: 1, project: NAME, release, at: '2026-01-01T00:00:00Z', by: 'anna', why: 'harm'};
    await world.context.stores.objects.put(`retired/${NAME}/${release}.json`, JSON.stringify(retirement));
  };
  const ends = async (): Promise<void> => {
    const other = await world.approved('other');
    await other.back('superseded');
    expect(await world.deployment()).toMatchObject({ends: {by: other.by}});
  };

  it('gets no larger share, keeps what it has while others end, and is taken away', async () => {
    const ten = seqOf(await one.weight(await opened(), 10));
    await retired(one.input.release);
    for (const refused of [await one.weight(ten, 50), await one.shadow(ten, 10), await one.promote(ten)])
      expect(refused).toMatchObject({status: 'superseded'});
    await ends();
    expect((await world.deployment()).canary).toEqual({release: one.input.release, weight: 10});
    await one.back('retired');
    await noTraffic();
  });

  it('as shadow, too', async () => {
    const ten = seqOf(await one.shadow(await opened(), 10));
    await retired(one.input.release);
    for (const refused of [await one.shadow(ten, 50), await one.weight(ten, 10)])
      expect(refused).toMatchObject({status: 'superseded'});
    await ends();
    expect((await world.deployment()).shadow?.weight).toBe(10);
  });

  it('takes no share over from another', async () => {
    const {pointers} = world.context.stores;
    const ten = seqOf(await one.weight(await opened(), 10));
    const other = await world.approved('other');
    await retired(other.input.release);
    const canary = {release: other.input.release, weight: 10};
    expect(
      await pointers.move(NAME, ({stable}) => ({move: {stable, canary, shadow: null, by: 'x', why: 'x'}})),
    ).toMatchObject({status: 'refused', deployment: {seq: ten}});
  });

  it('as stable stays until another one is', async () => {
    await retired(world.stable);
    const seq = await opened();
    await one.weight(seq, 10);
    expect((await world.deployment()).canary?.weight).toBe(10);
  });
});

describe('a release that was retired on the way', () => {
  it('is not said to have moved', async () => {
    const seq = await opened();
    await retireRelease(world.context.stores.objects, {
      project: NAME,
      release: one.input.release,
      by: 'anna',
      why: 'harm',
    });
    for (const refused of [await one.weight(seq, 10), await one.promote(seq)])
      expect(refused).toMatchObject({
        status: 'superseded',
        reason: expect.stringContaining('was retired at') as string,
      });
    await noTraffic();
  });
});
