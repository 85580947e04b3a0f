import {join} from 'node:path';
import {WorkflowUpdateFailedError} from '@temporalio/client';
import {CancelledFailure} from '@temporalio/common';
import {describe, expect, it} from 'vitest';
import type {Activity, ActivityContext} from '../../../activities/context.ts';
import * as rolloutActivities from '../../../activities/rollout/activities.ts';
import {PROGRESS, type PersonActs, type Progress} from '../../../schemas/messages.ts';
import {createKey} from '../../../stores/access/keys.ts';
import {verifyAudit} from '../../../stores/audit/verify-audit.ts';
import {asActivity} from '../../../workers/run-activity.ts';
import {twin} from '../../people.ts';
import {approverOf} from '../approved.ts';
import {details} from '../details.ts';
import {record} from '../record.ts';
import {releaseOf} from '../releases.ts';
import {analysis, rolloutBed} from './rollout-bed.ts';
import type {Handle} from './rollout-bed.ts';

const bed = rolloutBed();

describe('an inconclusive rollout', () => {
  const waiting = async (): Promise<Handle> => {
    const steps = [{setWeight: 10}, analysis({count: 2, interval: 0.05}), {setWeight: 50}];
    const handle = await bed.start(await bed.permittedInput(steps));
    await expect.poll(() => details(handle), {timeout: 45_000, interval: 100}).toContain('A person decides');
    return handle;
  };

  it('waits for a person, says why and what to type, and goes on', async () => {
    const handle = await waiting();
    const text = await details(handle);
    expect(text).toContain('no verdict after 2 measurements; quality: not enough samples: 0 of 30');
    expect(text).toContain(`ratchet promote ${bed.candidate.slice(0, 12)}`);
    expect(await handle.query('progress')).toMatchObject({
      asks: expect.stringContaining('no verdict after 2 measurements'),
    });
    expect((await bed.deployment()).canary).toEqual({release: bed.candidate, weight: 10});
    await handle.executeUpdate('promote', {args: [await bed.said(handle, 'promote', 'looked at it')]});
    const result = await handle.result();
    await record(handle, 'rollout-resumed-by-a-person');
    expect(result.status).toBe('promoted');
    expect(result.steps.map(({outcome}) => outcome)).toContain('went on, anna: looked at it');
    const acts = (await bed.project.audited()).filter(({kind}) => kind === 'rollout_act');
    expect(acts.map(({actor, data}) => [actor, data['act']])).toEqual([['anna', 'promote']]);
    expect(acts[0]!.data).toMatchObject({
      proof: 'signed',
      target: 'stable',
      signed: {publicKey: bed.anna.publicText},
    });
  });

  it('is ended by a Signal too: weight 0', async () => {
    const handle = await waiting();
    await handle.signal('abort', await bed.said(handle, 'abort', 'no'));
    expect(await handle.result()).toMatchObject({status: 'fell_back', reason: 'ended by anna: no'});
    expect(await bed.deployment()).toMatchObject({stable: bed.stable, canary: null});
  });

  it('does not move on garbage', async () => {
    const handle = await waiting();
    for (const argument of [undefined, 7, {}, {by: 'ben'}, {by: '', comment: ''}, {by: 1, comment: ''}]) {
      await expect(handle.executeUpdate('promote', {args: [argument]})).rejects.toBeInstanceOf(
        WorkflowUpdateFailedError,
      );
      await handle.signal('promote', argument);
    }
    expect(await details(handle)).toContain('A person decides');
    expect((await bed.deployment()).canary?.weight).toBe(10);
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({cause: expect.any(CancelledFailure)});
    await record(handle, 'rollout-cancelled');
    expect(await bed.deployment()).toMatchObject({stable: bed.stable, canary: null, shadow: null});
  });

  it('takes no act that is unsigned, by a stranger, for another rollout, run or release, or too old', async () => {
    const handle = await waiting();
    const stranger = await createKey('eve', {XDG_CONFIG_HOME: join(bed.project.context.folder, 'config')});
    const refused = async (act: unknown): Promise<string> => {
      const error: unknown = await handle.executeUpdate('promote', {args: [act]}).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(WorkflowUpdateFailedError);
      return (error as WorkflowUpdateFailedError).cause!.message;
    };
    const good = await bed.said(handle, 'promote');
    expect(await refused({by: 'anna', comment: ''})).toMatch(/^to promote takes a signature/);
    expect(await refused(await bed.said(handle, 'promote', '', {key: stranger}))).toMatch(
      /is not among the project's people/,
    );
    for (const name of ['rollout', 'run', 'release'])
      expect(await refused(await bed.said(handle, 'promote', '', {about: {[name]: 'another'}}))).toContain(
        `signed for ${name} "another"`,
      );
    expect(await refused(await bed.said(handle, 'abort'))).toBe('signed to abort, expected promote');
    expect(await refused(await bed.said(handle, 'promote', '', {expiry: '2002-12-03T11:46:36Z'}))).toMatch(
      /expired/,
    );
    const changed = {...good.signed!, payload: {...good.signed!.payload, comment: 'changed'}};
    expect(await refused({...good, signed: changed})).toMatch(/the signature is not by key/);
    expect(await refused({...good, signed: {...good.signed!, signature: 'AAAA'}})).toMatch(
      /^not a signed act/,
    );
    // A Signal of these moves nothing either.
    await handle.signal('promote', {...good, signed: changed});
    await handle.signal('promote', {by: 'anna', comment: ''});
    expect(await details(handle)).toContain('A person decides');
    expect((await bed.deployment()).canary?.weight).toBe(10);
    await handle.executeUpdate('promote', {args: [good]});
    expect((await handle.result()).status).toBe('promoted');
  });

  it('takes a signature once: sent again at the next pause, it moves nothing', async () => {
    const handle = await bed.start(
      await bed.permittedInput([{setWeight: 10}, {pause: {}}, {setWeight: 50}, {pause: {}}]),
    );
    const waits = (weight: number) => bed.seen(({canary}) => canary?.weight === weight);
    await waits(10);
    await expect.poll(() => details(handle), {timeout: 45_000, interval: 100}).toContain('A person decides');
    const promoted = (argument: PersonActs): Promise<string> =>
      handle.executeUpdate('promote', {args: [argument]}).then(
        () => 'taken',
        ({cause}: WorkflowUpdateFailedError) => cause!.message,
      );
    const first = await bed.said(handle, 'promote');
    const lasting = await bed.said(handle, 'promote', '', {expiry: '2999-01-01T00:00:00Z'});
    expect(await promoted(lasting)).toMatch(
      /^the signature is valid until 2999.*, expected an hour from now/,
    );
    expect(await promoted(first)).toBe('taken');
    await waits(50);
    await expect.poll(() => details(handle), {timeout: 45_000, interval: 100}).toContain('A person decides');
    // As it was, and in another text of the same bytes.
    expect(await promoted(first)).toBe('signed for number "1", this is "2": sign it again');
    const again = {...first, signed: {...first.signed!, signature: twin(first.signed!.signature)}};
    expect(await promoted(again)).toMatch(/^not a signed act: signature: expected the canonical base64/);
    await handle.signal('promote', again);
    // Signed for this act of another step, or of a rollout that says it has none.
    for (const about of [{step: '1'}, {number: '1'}, {step: ''}] as Record<string, string>[])
      expect(await promoted(await bed.said(handle, 'promote', '', {about}))).toMatch(
        /^signed for (step|number)/,
      );
    expect((await bed.deployment()).canary?.weight).toBe(50);
    const acts = (await bed.project.audited()).filter(({kind}) => kind === 'rollout_act');
    const run = (await handle.describe()).runId;
    expect(acts.map(({data}) => data)).toMatchObject([
      {act: 'promote', run, at: 1, number: 1, signed: {payload: {about: {step: '1', number: '1'}}}},
    ]);
    expect((await verifyAudit(bed.project.context.stores, bed.project.context.project)).breaks).toEqual([]);
    await handle.executeUpdate('abort', {args: [await bed.said(handle, 'abort')]});
    expect((await handle.result()).status).toBe('fell_back');
  });

  it('lets whoever may move the canary alone go on to the next pause, and no further', async () => {
    const eve = await createKey('eve', {XDG_CONFIG_HOME: join(bed.project.context.folder, 'config')});
    const canaryOnly = {
      name: 'eve',
      key: eve.publicText,
      roles: ['operator' as const],
      moves: ['canary' as const],
    };
    await bed.project.write({approval: {approvers: [approverOf(bed.anna), canaryOnly]}});
    const handle = await bed.start(
      await bed.permittedInput([{setWeight: 10}, {pause: {}}, {setWeight: 50}, {pause: {}}]),
    );
    await bed.seen(({canary}) => canary?.weight === 10);
    await expect.poll(() => details(handle), {timeout: 45_000, interval: 100}).toContain('A person decides');
    // anna approves, and does not operate, since somebody else does.
    await expect(
      handle.executeUpdate('promote', {args: [await bed.said(handle, 'promote')]}),
    ).rejects.toMatchObject({
      cause: {message: 'anna has the role approver, expected operator to go on with a rollout; who may: eve'},
    });
    await handle.executeUpdate('promote', {args: [await bed.said(handle, 'promote', '', {key: eve})]});
    await bed.seen(({canary}) => canary?.weight === 50);
    await expect.poll(() => details(handle), {timeout: 45_000, interval: 100}).toContain('A person decides');
    await expect(
      handle.executeUpdate('promote', {args: [await bed.said(handle, 'promote', '', {key: eve})]}),
    ).rejects.toMatchObject({
      cause: {message: 'eve may move canary, expected stable to go on with a rollout; who may: nobody'},
    });
    await handle.executeUpdate('abort', {args: [await bed.said(handle, 'abort', '', {key: eve})]});
    expect((await handle.result()).status).toBe('fell_back');
  });

  it.each(['rolled back', 'moved stable'])('gives way while it waits, when somebody has %s', async (how) => {
    const {registry, pointers} = bed.project.context.stores;
    const name = bed.project.context.project;
    const other = releaseOf(name, 'other');
    await registry.putRelease(other);
    // It looks once an hour; a test has not so long.
    const code = bed.bundle.code.replace(/(LOOK_AGAIN = ['"])1 h(['"])/, '$1200 ms$2');
    expect(code).not.toBe(bed.bundle.code);
    const steps = [{setWeight: 10}, {pause: {}}, {setWeight: 50}];
    const handle = await bed.start(await bed.permittedInput(steps), {}, {...bed.bundle, code});
    await expect.poll(() => details(handle), {timeout: 45_000, interval: 100}).toContain('A person decides');
    if (how === 'rolled back') await pointers.rollback(name, bed.stable, {by: 'vera', why: 'harm'});
    else
      await pointers.move(name, ({canary, shadow}) => ({
        move: {stable: other.digest, canary, shadow, by: 'vera', why: 'hotfix'},
      }));
    expect(await handle.result()).toMatchObject({
      status: 'superseded',
      reason:
        how === 'rolled back'
          ? 'it has ended; the deployment was last moved by vera (rollback: harm)'
          : `stable was moved to ${other.digest.slice(0, 12)} by vera (hotfix)`,
    });
    expect(await bed.deployment()).toMatchObject({canary: null, shadow: null});
  });

  it('does not let anybody go on where nobody is asked', async () => {
    const handle = await bed.start(await bed.permittedInput([{setWeight: 10}, {pause: {seconds: 3600}}]));
    // At the pause: a word on the step before would be one on a step that is over.
    await expect.poll(async () => (await handle.query<Progress>(PROGRESS)).done, {timeout: 30_000}).toBe(1);
    await expect(handle.executeUpdate('promote', {args: [{by: 'ben', comment: ''}]})).rejects.toMatchObject({
      cause: {message: 'the rollout does not wait for anybody'},
    });
    await handle.executeUpdate('abort', {args: [await bed.said(handle, 'abort')]});
    expect((await handle.result()).status).toBe('fell_back');
  });
});

describe('an abort that is taken while the rollout works', () => {
  /** A rollout in which this activity is under way, and does its work only once it is let go. */
  async function busyWith(name: 'setWeight' | 'analyseTraffic') {
    const [begun, free] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const body = async (input: {weight?: number}, context: ActivityContext, activity: Activity) => {
      if (input.weight !== 10) {
        begun.resolve();
        await free.promise;
      }
      return rolloutActivities[name](input as never, context, activity);
    };
    const context = {...bed.project.context, client: () => Promise.resolve(bed.workers!.client)};
    const steps = [{setWeight: 10}, analysis(), {setWeight: 50}, {pause: {seconds: 3600}}];
    const handle = await bed.start(await bed.permittedInput(steps), {[name]: asActivity(body, context)});
    await bed.seen(({canary}) => canary?.weight === 10);
    await bed.traffic(120, 'canary', () => true);
    await begun.promise;
    return {handle, free};
  }
  const acts = async () => (await bed.project.audited()).filter(({kind}) => kind === 'rollout_act');
  const breaks = async () => {
    const {stores, project} = bed.project.context;
    return (await verifyAudit(stores, project)).breaks;
  };

  it.each([
    ['setWeight', 2, 'canary 50 %'],
    ['analyseTraffic', 1, 'analysis of quality (at least 30 answers)'],
  ] as const)('in %s is audited as of the step that it was signed for', async (name, at, step) => {
    const {handle, free} = await busyWith(name);
    await handle.executeUpdate('abort', {args: [await bed.said(handle, 'abort', 'no')]});
    await expect(
      handle.executeUpdate('abort', {args: [await bed.said(handle, 'abort', 'again')]}),
    ).rejects.toMatchObject({cause: {message: 'somebody has just said abort'}});
    free.resolve();
    expect(await handle.result()).toMatchObject({status: 'fell_back', reason: 'ended by anna: no'});
    expect(await acts()).toMatchObject([{actor: 'anna', data: {act: 'abort', at, step, proof: 'signed'}}]);
    expect(await breaks()).toEqual([]);
  });

  it('is audited too where the rollout ends before it is taken up', async () => {
    const {handle, free} = await busyWith('setWeight');
    await handle.executeUpdate('abort', {args: [await bed.said(handle, 'abort', 'no')]});
    const {stores, project} = bed.project.context;
    await stores.pointers.rollback(project, bed.stable, {by: 'vera', why: 'harm'});
    free.resolve();
    expect(await handle.result()).toMatchObject({status: 'superseded'});
    expect(await acts()).toMatchObject([{actor: 'anna', data: {act: 'abort', at: 2, number: 1}}]);
    expect(await breaks()).toEqual([]);
  });

  it('is audited too where the rollout is cancelled before it is taken up', async () => {
    const {handle, free} = await busyWith('setWeight');
    await handle.executeUpdate('abort', {args: [await bed.said(handle, 'abort', 'no')]});
    await handle.cancel();
    free.resolve();
    await expect(handle.result()).rejects.toMatchObject({cause: expect.any(CancelledFailure)});
    expect(await acts()).toMatchObject([{actor: 'anna', data: {act: 'abort', at: 2, number: 1}}]);
    expect(await bed.deployment()).toMatchObject({canary: null, shadow: null});
  });
});
