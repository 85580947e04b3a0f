import {describe, expect, it} from 'vitest';
import * as rolloutActivities from '../../../activities/rollout/activities.ts';
import {PROGRESS, type Progress} from '../../../schemas/messages.ts';
import {rolloutWorkflowId} from '../../../schemas/names.ts';
import {registered} from '../project-of.ts';
import {record} from '../record.ts';
import {releaseOf} from '../releases.ts';
import {analysis, CLIMB, rolloutBed} from './rollout-bed.ts';

const bed = rolloutBed();

describe('a rollout', () => {
  it('climbs by what the traffic shows, and makes the candidate stable', async () => {
    const handle = await bed.start(await bed.permittedInput(CLIMB));
    await bed.seen(({shadow}) => shadow?.weight === 100);
    await bed.traffic(60, 'shadow', () => true);
    await bed.seen(({canary}) => canary?.weight === 10);
    await bed.traffic(120, 'canary', () => true);
    const result = await handle.result();
    await record(handle, 'rollout-promoted');
    expect(result).toMatchObject({status: 'promoted', release: bed.candidate, reason: 'all 5 steps passed'});
    expect(result.steps.map(({step, outcome}) => `${step}: ${outcome}`)).toEqual([
      'prepare: tiny@new answers on 1 engines',
      'shadow 100 %: done',
      'analysis of quality (at least 30 answers): pass',
      'canary 10 %: done',
      'analysis of quality (at least 30 answers): pass',
      'canary 100 %: done',
      'promote: stable',
    ]);
    // What each analysis passed by, not a measurement from before there was traffic.
    const measured = result.steps.flatMap(({analysis: made}) => made ?? []);
    expect(measured.map(({verdict, samples}) => [verdict, samples.canary])).toEqual([
      ['pass', 60],
      ['pass', 120],
    ]);
    expect(await bed.deployment()).toMatchObject({
      stable: bed.candidate,
      canary: null,
      shadow: null,
      former: [bed.stable],
    });
    const moves = (await bed.project.audited()).filter(({kind}) => kind === 'pointer');
    expect(moves.map(({actor, data}) => [actor, String(data['why']).split(':')[0]])).toEqual(
      ['shadow 100 %', 'canary 10 %', 'canary 100 %', 'promoted to stable'].map((why) => [
        handle.workflowId,
        why,
      ]),
    );
  });

  it('falls back to stable when the candidate is worse', async () => {
    const handle = await bed.start(await bed.permittedInput(CLIMB));
    await bed.seen(({shadow}) => shadow?.weight === 100);
    await bed.traffic(60, 'shadow', () => true);
    await bed.seen(({canary}) => canary?.weight === 10);
    await bed.traffic(120, 'canary', (i) => i % 2 === 0);
    const result = await handle.result();
    await record(handle, 'rollout-fell-back');
    expect(result.status).toBe('fell_back');
    expect(result.reason).toMatch(/^quality: right answers by feedback .* worse than the margin$/);
    expect(result.steps.find(({analysis: made}) => made?.verdict === 'fail')).toBeDefined();
    expect(await bed.deployment()).toMatchObject({
      stable: bed.stable,
      canary: null,
      shadow: null,
      former: [],
    });
  });

  it('says between two measurements what the first has counted', async () => {
    const handle = await bed.start(await bed.permittedInput([{setWeight: 10}, analysis({interval: 3_600})]));
    const note = async (): Promise<string> => (await handle.query<Progress>(PROGRESS)).note;
    await expect
      .poll(note, {timeout: 45_000, interval: 50})
      .toBe('Measures: 0 answers of the candidate, 0 of stable.');
    await handle.terminate();
  });

  it('is not interrupted by the end of its workflow worker', async () => {
    const handle = await bed.start(await bed.permittedInput(CLIMB));
    await bed.seen(({shadow}) => shadow?.weight === 100);
    await bed.workers!.replaceWorkflowWorker();
    await bed.traffic(60, 'shadow', () => true);
    await bed.seen(({canary}) => canary?.weight === 10);
    await bed.workers!.replaceWorkflowWorker();
    await bed.traffic(120, 'canary', () => true);
    expect((await handle.result()).status).toBe('promoted');
    expect((await bed.deployment()).seq).toBe(5);
  });

  it('moves a pointer once, though the answer of the move was lost', async () => {
    const context = {...bed.project.context, client: () => Promise.resolve(bed.workers!.client)};
    const real = registered(rolloutActivities, context) as Record<
      string,
      (input: unknown) => Promise<unknown>
    >;
    const lost = new Set<string>();
    const losing = (name: string) => async (input: unknown) => {
      const answer = await real[name]!(input);
      if (lost.has(name)) return answer;
      lost.add(name);
      throw new Error(`${name} was done, its worker died`);
    };
    const names = ['openRollout', 'setShadow', 'setWeight', 'promote'];
    const change = Object.fromEntries(names.map((name) => [name, losing(name)]));
    const handle = await bed.start(await bed.permittedInput([{setShadow: 50}, {setWeight: 5}]), change);
    expect(await handle.result()).toMatchObject({status: 'promoted', reason: 'all 2 steps passed'});
    expect([...lost].sort()).toEqual(names.sort());
    expect((await bed.deployment()).seq).toBe(4);
    expect((await bed.project.audited()).filter(({kind}) => kind === 'pointer')).toHaveLength(3);
  });
});

describe('two runs of one release', () => {
  it('the second gives way, and the first keeps its traffic and is promoted', async () => {
    const input = await bed.permittedInput([{setWeight: 10}, analysis({interval: 0.1})]);
    const first = await bed.start(input);
    await bed.seen(({canary}) => canary?.weight === 10);
    const other = await bed.permittedInput(input.steps, {}, 'y');
    const second = await bed.workers!.client.workflow.start('rollout', {
      taskQueue: bed.workers!.queue,
      workflowId: rolloutWorkflowId(other.runId),
      args: [other],
    });
    expect(await second.result()).toMatchObject({
      status: 'superseded',
      reason: expect.stringContaining(
        `another rollout is under way: ${rolloutWorkflowId(input.runId)} (canary 10 %`,
      ) as string,
    });
    expect(await bed.deployment()).toMatchObject({stable: bed.stable, canary: {weight: 10}});
    await bed.traffic(120, 'canary', () => true);
    expect(await first.result()).toMatchObject({status: 'promoted'});
  });
});

describe('a stable that somebody else moved', () => {
  it('ends the rollout as superseded and stays', async () => {
    const {registry, pointers} = bed.project.context.stores;
    const name = bed.project.context.project;
    const other = releaseOf(name, 'other');
    await registry.putRelease(other);
    const handle = await bed.start(await bed.permittedInput([{setWeight: 10}, analysis({interval: 0.1})]));
    await bed.seen(({canary}) => canary?.weight === 10);
    await pointers.move(name, ({canary, shadow}) => ({
      move: {stable: other.digest, canary, shadow, by: 'vera', why: 'hotfix'},
    }));
    const result = await handle.result();
    await record(handle, 'rollout-superseded');
    expect(result).toMatchObject({
      status: 'superseded',
      reason: `stable was moved to ${other.digest.slice(0, 12)} by vera (hotfix)`,
    });
    expect(await bed.deployment()).toMatchObject({stable: other.digest, canary: null, shadow: null});
  });
});
