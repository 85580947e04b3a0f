import {randomBytes} from 'node:crypto';
import {join} from 'node:path';
import {WorkflowUpdateFailedError} from '@temporalio/client';
import type {WorkflowHandle} from '@temporalio/client';
import {CancelledFailure} from '@temporalio/common';
import type {WorkflowBundleWithSourceMap} from '@temporalio/worker';
import {afterEach, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import * as accessActivities from '../../activities/access/activities.ts';
import * as rolloutActivities from '../../activities/rollout/activities.ts';
import {signAct} from '../../core/access/signed-act.ts';
import {traceId} from '../../core/identity/trace-id.ts';
import type {ActPayload} from '../../schemas/access.ts';
import type {Deployment, RolloutInput, RolloutResult, RolloutStep} from '../../schemas/deployment.ts';
import {RatchetError} from '../../schemas/errors.ts';
import type {ErrorType} from '../../schemas/errors.ts';
import type {PersonActs} from '../../schemas/messages.ts';
import {rolloutWorkflowId} from '../../schemas/names.ts';
import type {Report} from '../../schemas/report.ts';
import type {Feedback, Trace} from '../../schemas/trace.ts';
import {createKey} from '../../stores/keys.ts';
import type {SigningKey} from '../../stores/keys.ts';
import {says, trace} from '../core/rollout/traffic.ts';
import {approvedBy, approverOf, reported} from './approved.ts';
import {projectOf, registered} from './project-of.ts';
import type {TestProject} from './project-of.ts';
import {releaseOf} from './releases.ts';
import {record} from './record.ts';
import {bundleOf, newProject, startWorkers} from './workers-of.ts';
import type {TestWorkers} from './workers-of.ts';

let bundle: WorkflowBundleWithSourceMap;
let project: TestProject;
let workers: TestWorkers | undefined;
let anna: SigningKey;
let [stable, candidate] = ['', ''];

beforeAll(async () => {
  bundle = await bundleOf('rollout');
}, 120_000);

beforeEach(async () => {
  const name = newProject();
  project = await projectOf(name);
  anna = await createKey('anna', {XDG_CONFIG_HOME: join(project.context.folder, 'config')});
  await project.write({approval: {approvers: [approverOf(anna)]}});
  const {registry, pointers} = project.context.stores;
  const releases = [releaseOf(name, 'old'), releaseOf(name, 'new')];
  for (const release of releases) await registry.putRelease(release);
  [stable, candidate] = releases.map(({digest}) => digest) as [string, string];
  await pointers.bootstrap(name, stable, {by: 'test', why: 'bootstrap'});
});

afterEach(async () => {
  await workers?.stop();
  workers = undefined;
  await project.remove();
});

type Handle = WorkflowHandle<(input: RolloutInput) => Promise<RolloutResult>>;
type Quick = Record<string, unknown>;

const analysis = (change: Quick = {}, metric: Quick = {}): RolloutStep => ({
  analysis: {
    ...{minSamples: 30, interval: 0.2, count: 100, initialDelay: 0},
    metrics: [
      {
        ...{name: 'quality', margin: 0.2, failureLimit: 0, inconclusiveLimit: 0, consecutiveErrorLimit: 4},
        ...metric,
      },
    ],
    ...change,
  },
});
const CLIMB: RolloutStep[] = [{setShadow: 100}, analysis(), {setWeight: 10}, analysis(), {setWeight: 100}];

async function permittedInput(steps: RolloutStep[], report: Partial<Report> = {}): Promise<RolloutInput> {
  const name = project.context.project;
  const dataset = 'd'.repeat(64);
  const gauntlet = await reported(project, {release: candidate, stable, dataset}, report);
  const digests = {release: candidate, dataset, report: gauntlet.report.sha256};
  const runId = `lifecycle/${name}/x`;
  const rollout = {project: name, runId, release: candidate, stable, steps, startedBy: 'ben'};
  return approvedBy(project, [anna], rollout, gauntlet, digests);
}

/** Real activities on a real store; only the engines are not there. `change` replaces single activities. */
async function start(input: RolloutInput, change: Record<string, unknown> = {}): Promise<Handle> {
  workers = await startWorkers({
    ...{bundle, project: input.project},
    activities: () => ({
      ...registered(accessActivities, project.context),
      ...registered(rolloutActivities, {
        ...project.context,
        client: () => Promise.resolve(workers!.client),
      }),
      prepareEngines: () => Promise.resolve({model: 'tiny@new', engines: 1}),
      ...change,
    }),
  });
  return workers.client.workflow.start('rollout', {
    taskQueue: workers.queue,
    workflowId: rolloutWorkflowId(input.runId),
    args: [input],
  });
}

/** What anna says to the rollout, signed with her key; `about` and `key` as somebody may change them. */
async function said(
  handle: Handle,
  act: 'promote' | 'abort',
  comment = '',
  change: {readonly about?: Record<string, string>; readonly key?: SigningKey; readonly expiry?: string} = {},
): Promise<PersonActs> {
  const {key = anna, about, expiry = '2036-01-01T00:00:00Z'} = change;
  const {runId} = await handle.describe();
  const payload: ActPayload = {
    ...{v: 1, project: project.context.project, act, key: key.id, comment, expiry},
    about: {rollout: handle.workflowId, run: runId, release: candidate, ...about},
  };
  return {by: 'anna', comment, signed: signAct(payload, key.privateKey)};
}

const deployment = async (): Promise<Deployment> =>
  (await project.context.stores.pointers.read(project.context.project))!;
const seen = (check: (now: Deployment) => boolean): Promise<void> =>
  expect.poll(async () => check(await deployment()), {timeout: 45_000, interval: 50}).toBe(true);

/** n requests as the gateway would store them now, corrected to spam: stable is right, the candidate if told so. */
async function traffic(n: number, how: 'shadow' | 'canary', right: (i: number) => boolean): Promise<void> {
  const traces: Trace[] = [];
  const feedback: Feedback[] = [];
  const one = (change: Partial<Trace>): Trace => {
    const at = Date.now();
    const made = trace({
      ...{id: traceId(at, randomBytes(12)), at: new Date(at).toISOString()},
      ...{project: project.context.project, release: stable, output: 'spam', ...change},
    });
    traces.push(made);
    return made;
  };
  for (let i = 0; i < n; i++) {
    const shown = one({});
    const output = right(i) ? 'spam' : 'ham';
    feedback.push(says(shown, {correction: 'spam'}));
    if (how === 'shadow') one({release: candidate, role: 'shadow', shadowOf: shown.id, output});
    else feedback.push(says(one({release: candidate, role: 'canary', output}), {correction: 'spam'}));
  }
  const {stores} = project.context;
  await stores.traces.append(project.context.project, traces);
  await stores.traces.appendFeedback(project.context.project, feedback);
}

async function details(handle: Handle): Promise<string> {
  const metadata = await handle.query<{currentDetails?: string}>('__temporal_workflow_metadata');
  return metadata.currentDetails ?? '';
}

describe('a rollout', () => {
  it('climbs by what the traffic shows, and makes the candidate stable', async () => {
    const handle = await start(await permittedInput(CLIMB));
    await seen(({shadow}) => shadow?.weight === 100);
    await traffic(60, 'shadow', () => true);
    await seen(({canary}) => canary?.weight === 10);
    await traffic(120, 'canary', () => true);
    const result = await handle.result();
    await record(handle, 'rollout-promoted');
    expect(result).toMatchObject({status: 'promoted', release: candidate, reason: 'all 5 steps passed'});
    expect(result.steps.map(({step, outcome}) => `${step}: ${outcome}`)).toEqual([
      'prepare: tiny@new answers on 1 engines',
      'shadow 100 %: done',
      'analysis of quality (at least 30 answers): pass',
      'canary 10 %: done',
      'analysis of quality (at least 30 answers): pass',
      'canary 100 %: done',
      'promote: stable',
    ]);
    expect(await deployment()).toMatchObject({
      stable: candidate,
      canary: null,
      shadow: null,
      former: [stable],
    });
    const moves = (await project.audited()).filter(({kind}) => kind === 'pointer');
    expect(moves.map(({actor, data}) => [actor, String(data['why']).split(':')[0]])).toEqual(
      ['shadow 100 %', 'canary 10 %', 'canary 100 %', 'promoted to stable'].map((why) => [
        handle.workflowId,
        why,
      ]),
    );
  });

  it('falls back to stable when the candidate is worse', async () => {
    const handle = await start(await permittedInput(CLIMB));
    await seen(({shadow}) => shadow?.weight === 100);
    await traffic(60, 'shadow', () => true);
    await seen(({canary}) => canary?.weight === 10);
    await traffic(120, 'canary', (i) => i % 2 === 0);
    const result = await handle.result();
    await record(handle, 'rollout-fell-back');
    expect(result.status).toBe('fell_back');
    expect(result.reason).toMatch(/^quality: right answers by feedback .* worse than the margin$/);
    expect(result.steps.find(({analysis: made}) => made?.verdict === 'fail')).toBeDefined();
    expect(await deployment()).toMatchObject({stable, canary: null, shadow: null, former: []});
  });

  it('is not interrupted by the end of its workflow worker', async () => {
    const handle = await start(await permittedInput(CLIMB));
    await seen(({shadow}) => shadow?.weight === 100);
    await workers!.replaceWorkflowWorker();
    await traffic(60, 'shadow', () => true);
    await seen(({canary}) => canary?.weight === 10);
    await workers!.replaceWorkflowWorker();
    await traffic(120, 'canary', () => true);
    expect((await handle.result()).status).toBe('promoted');
    expect((await deployment()).seq).toBe(4);
  });

  it('moves a pointer once, though the answer of the move was lost', async () => {
    const real = registered(rolloutActivities, project.context) as Record<
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
    const names = ['setShadow', 'setWeight', 'promote'];
    const change = Object.fromEntries(names.map((name) => [name, losing(name)]));
    const handle = await start(await permittedInput([{setShadow: 50}, {setWeight: 5}]), change);
    expect((await handle.result()).status).toBe('promoted');
    expect([...lost].sort()).toEqual(names.sort());
    expect((await deployment()).seq).toBe(3);
    expect((await project.audited()).filter(({kind}) => kind === 'pointer')).toHaveLength(3);
  });
});

describe('a rollout that is not permitted moves nothing', () => {
  const refused = async (input: RolloutInput, reason: RegExp): Promise<void> => {
    const handle = await start(input);
    expect(await handle.result()).toMatchObject({status: 'refused', reason: expect.stringMatching(reason)});
    expect(await deployment()).toMatchObject({seq: 0, stable, canary: null, shadow: null});
  };
  const steps: RolloutStep[] = [{setWeight: 100}];

  it('without an approval in the audit chain, whatever its input says', async () => {
    const input = await permittedInput(steps);
    await refused({...input, runId: `${input.runId}2`}, /the audit chain holds no approval of run .*2;/);
  });

  it('with an approval of other digests', async () => {
    const input = await permittedInput(steps);
    const other = await reported(project, {release: candidate, stable, dataset: 'e'.repeat(64)});
    await refused({...input, proof: {...input.proof, gauntlet: other}}, /of 1 recorded decisions 0 hold/);
  });

  it('by a key that was revoked after it approved', async () => {
    const input = await permittedInput(steps);
    await project.write({approval: {approvers: []}});
    await refused(input, /of 1 recorded decisions 0 hold by the project's present keys/);
  });

  it('with fewer approvals than the project asks for now', async () => {
    const input = await permittedInput(steps);
    await project.write({approval: {approvers: [approverOf(anna)], required: 2}});
    await refused(input, /1 hold .* \(anna to approve\), 2 approval\(s\) needed/);
  });

  it.each<[string, Partial<Report>, RegExp]>([
    ['a verdict that is not pass', {verdict: 'inconclusive'}, /has the verdict inconclusive/],
    ['another release in the report', {release: 'f'.repeat(64)}, /is about release ffffffffffff/],
    ['another stable in the report', {stable: 'f'.repeat(64)}, /compares with ffffffffffff/],
    [
      'a required gate that failed under a verdict that says pass',
      {
        gates: [
          {
            spec: {
              metric: 'pii_leak_rate',
              test: 'at-most',
              margin: 0,
              limit: 0,
              required: true,
              when: 'always',
            },
            ...{verdict: 'fail', reason: '', candidate: null, stable: null, difference: null},
            ...{bound: null, minimumDetectable: null},
          },
        ],
      },
      /gate pii_leak_rate is fail/,
    ],
  ])('with %s', async (_, report, reason) => {
    await refused(await permittedInput(steps, report), reason);
  });

  it('a promotion is checked again: an approver who is revoked on the way stops it', async () => {
    const handle = await start(await permittedInput([{setWeight: 10}, {pause: {}}]));
    await expect.poll(() => details(handle), {timeout: 45_000, interval: 100}).toContain('A person decides');
    await project.write({approval: {approvers: []}});
    await handle.executeUpdate('promote', {args: [await said(handle, 'promote')]});
    expect((await handle.result()).status).toBe('refused');
    expect(await deployment()).toMatchObject({stable, canary: null});
  });
});

describe('an inconclusive rollout', () => {
  const waiting = async (): Promise<Handle> => {
    const steps = [{setWeight: 10}, analysis({count: 2, interval: 0.05}), {setWeight: 50}];
    const handle = await start(await permittedInput(steps));
    await expect.poll(() => details(handle), {timeout: 45_000, interval: 100}).toContain('A person decides');
    return handle;
  };

  it('waits for a person, says why and what to type, and goes on', async () => {
    const handle = await waiting();
    const text = await details(handle);
    expect(text).toContain('no verdict after 2 measurements; quality: not enough samples: 0 of 30');
    expect(text).toContain(`ratchet promote ${candidate.slice(0, 12)}`);
    expect(await handle.query('progress')).toMatchObject({
      asks: expect.stringContaining('no verdict after 2 measurements'),
    });
    expect((await deployment()).canary).toEqual({release: candidate, weight: 10});
    await handle.executeUpdate('promote', {args: [await said(handle, 'promote', 'looked at it')]});
    const result = await handle.result();
    await record(handle, 'rollout-resumed-by-a-person');
    expect(result.status).toBe('promoted');
    expect(result.steps.map(({outcome}) => outcome)).toContain('went on, anna: looked at it');
    const acts = (await project.audited()).filter(({kind}) => kind === 'rollout_act');
    expect(acts.map(({actor, data}) => [actor, data['act']])).toEqual([['anna', 'promote']]);
    expect(acts[0]!.data).toMatchObject({
      proof: 'signed',
      target: 'stable',
      signed: {publicKey: anna.publicText},
    });
  });

  it('is ended by a Signal too: weight 0', async () => {
    const handle = await waiting();
    await handle.signal('abort', await said(handle, 'abort', 'no'));
    expect(await handle.result()).toMatchObject({status: 'fell_back', reason: 'ended by anna: no'});
    expect(await deployment()).toMatchObject({stable, canary: null});
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
    expect((await deployment()).canary?.weight).toBe(10);
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({cause: expect.any(CancelledFailure)});
    await record(handle, 'rollout-cancelled');
    expect(await deployment()).toMatchObject({stable, canary: null, shadow: null});
  });

  it('takes no act that is unsigned, by a stranger, for another rollout, run or release, or too old', async () => {
    const handle = await waiting();
    const stranger = await createKey('eve', {XDG_CONFIG_HOME: join(project.context.folder, 'config')});
    const refused = async (said: unknown): Promise<string> => {
      const error: unknown = await handle.executeUpdate('promote', {args: [said]}).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(WorkflowUpdateFailedError);
      return (error as WorkflowUpdateFailedError).cause!.message;
    };
    const good = await said(handle, 'promote');
    expect(await refused({by: 'anna', comment: ''})).toMatch(/^to promote takes a signature/);
    expect(await refused(await said(handle, 'promote', '', {key: stranger}))).toMatch(
      /is not among the project's people/,
    );
    for (const name of ['rollout', 'run', 'release'])
      expect(await refused(await said(handle, 'promote', '', {about: {[name]: 'another'}}))).toContain(
        `signed for ${name} "another"`,
      );
    expect(await refused(await said(handle, 'abort'))).toBe('signed to abort, expected promote');
    expect(await refused(await said(handle, 'promote', '', {expiry: '2002-12-03T11:46:36Z'}))).toMatch(
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
    expect((await deployment()).canary?.weight).toBe(10);
    await handle.executeUpdate('promote', {args: [good]});
    expect((await handle.result()).status).toBe('promoted');
  });

  it('takes a signature once: sent again at the next pause, it moves nothing', async () => {
    const handle = await start(
      await permittedInput([{setWeight: 10}, {pause: {}}, {setWeight: 50}, {pause: {}}]),
    );
    const waits = (weight: number) => seen(({canary}) => canary?.weight === weight);
    await waits(10);
    await expect.poll(() => details(handle), {timeout: 45_000, interval: 100}).toContain('A person decides');
    const first = await said(handle, 'promote');
    await handle.executeUpdate('promote', {args: [first]});
    await waits(50);
    await expect.poll(() => details(handle), {timeout: 45_000, interval: 100}).toContain('A person decides');
    await expect(handle.executeUpdate('promote', {args: [first]})).rejects.toMatchObject({
      cause: {message: 'this signature has been used: sign anew'},
    });
    expect((await deployment()).canary?.weight).toBe(50);
    await handle.executeUpdate('abort', {args: [await said(handle, 'abort')]});
    expect((await handle.result()).status).toBe('fell_back');
  });

  it('lets whoever may move the canary alone go on to the next pause, and no further', async () => {
    const eve = await createKey('eve', {XDG_CONFIG_HOME: join(project.context.folder, 'config')});
    const canaryOnly = {
      name: 'eve',
      key: eve.publicText,
      roles: ['operator' as const],
      moves: ['canary' as const],
    };
    await project.write({approval: {approvers: [approverOf(anna), canaryOnly]}});
    const handle = await start(
      await permittedInput([{setWeight: 10}, {pause: {}}, {setWeight: 50}, {pause: {}}]),
    );
    await seen(({canary}) => canary?.weight === 10);
    await expect.poll(() => details(handle), {timeout: 45_000, interval: 100}).toContain('A person decides');
    // anna approves, and does not operate, since somebody else does.
    await expect(
      handle.executeUpdate('promote', {args: [await said(handle, 'promote')]}),
    ).rejects.toMatchObject({
      cause: {message: 'anna has the role approver, expected operator to go on with a rollout'},
    });
    await handle.executeUpdate('promote', {args: [await said(handle, 'promote', '', {key: eve})]});
    await seen(({canary}) => canary?.weight === 50);
    await expect.poll(() => details(handle), {timeout: 45_000, interval: 100}).toContain('A person decides');
    await expect(
      handle.executeUpdate('promote', {args: [await said(handle, 'promote', '', {key: eve})]}),
    ).rejects.toMatchObject({
      cause: {message: 'eve may move canary, expected stable to go on with a rollout'},
    });
    await handle.executeUpdate('abort', {args: [await said(handle, 'abort', '', {key: eve})]});
    expect((await handle.result()).status).toBe('fell_back');
  });

  it('does not let anybody go on where nobody is asked', async () => {
    const handle = await start(await permittedInput([{setWeight: 10}, {pause: {seconds: 3600}}]));
    await seen(({canary}) => canary?.weight === 10);
    await expect(handle.executeUpdate('promote', {args: [{by: 'ben', comment: ''}]})).rejects.toMatchObject({
      cause: {message: 'the rollout does not wait for anybody'},
    });
    await handle.executeUpdate('abort', {args: [await said(handle, 'abort')]});
    expect((await handle.result()).status).toBe('fell_back');
  });
});

describe('a rollout ends with weight 0', () => {
  it('when the engines do not serve the adapter', async () => {
    const prepareEngines = registered(
      {
        prepareEngines: () =>
          Promise.reject(new RatchetError('AdapterNotServed', 'it answers as the base does')),
      },
      project.context,
    );
    const handle = await start(await permittedInput(CLIMB), prepareEngines);
    expect(await handle.result()).toMatchObject({status: 'fell_back', reason: 'it answers as the base does'});
    expect(await deployment()).toMatchObject({seq: 0, stable});
  });

  it('when a step fails for good, and though the way back fails at first', async () => {
    const real = registered(rolloutActivities, project.context) as Record<
      string,
      (input: unknown) => Promise<unknown>
    >;
    let away = 2;
    const change = {
      setWeight: registered(
        {setWeight: () => Promise.reject(new RatchetError('AccessDenied' satisfies ErrorType, 'no key'))},
        project.context,
      )['setWeight'],
      fallBack: async (input: unknown) => {
        if (away-- > 0) throw new Error('the store is away');
        return real['fallBack']!(input);
      },
    };
    const handle = await start(await permittedInput([{setShadow: 100}, {setWeight: 10}]), change);
    expect(await handle.result()).toMatchObject({status: 'fell_back', reason: 'no key'});
    expect(await deployment()).toMatchObject({stable, canary: null, shadow: null});
  });

  it.each(['DiskFull', 'AccessDenied'] as const)(
    'when nothing can be written for a while (%s): the way back waits for whoever mends it',
    async (type) => {
      const {stores} = project.context;
      let broken = 3;
      const pointers = new Proxy(stores.pointers, {
        get: (target, name) =>
          name === 'move'
            ? async (...args: Parameters<typeof target.move>) => {
                if (broken-- > 0) throw new RatchetError(type, 'mend it');
                return target.move(...args);
              }
            : (Reflect.get(target, name) as () => unknown).bind(target),
      });
      const context = {...project.context, stores: {...stores, pointers}};
      const {fallBack} = registered(rolloutActivities, context);
      const change = {
        fallBack,
        ...registered({analyseTraffic: () => Promise.reject(new RatchetError(type, 'mend it'))}, context),
      };
      const steps = [{setWeight: 50}, analysis({interval: 0.05}, {consecutiveErrorLimit: 1})];
      const handle = await start(await permittedInput(steps), change);
      expect(await handle.result()).toMatchObject({status: 'fell_back'});
      expect(broken).toBeLessThan(0);
      expect(await deployment()).toMatchObject({stable, canary: null});
    },
  );

  it('when measurements cannot be taken', async () => {
    const analyseTraffic = registered(
      {analyseTraffic: () => Promise.reject(new RatchetError('AccessDenied', 'no traces'))},
      project.context,
    );
    const steps = [{setWeight: 10}, analysis({interval: 0.05}, {consecutiveErrorLimit: 1})];
    const handle = await start(await permittedInput(steps), analyseTraffic);
    expect(await handle.result()).toMatchObject({
      status: 'fell_back',
      reason: '2 measurements in a row failed: no traces',
    });
    expect(await deployment()).toMatchObject({stable, canary: null});
  });
});

describe('two runs of one release', () => {
  it('the second gives way, and the first keeps its traffic and is promoted', async () => {
    const input = await permittedInput([{setWeight: 10}, analysis({interval: 0.1})]);
    const first = await start(input);
    await seen(({canary}) => canary?.weight === 10);
    const second = await workers!.client.workflow.start('rollout', {
      taskQueue: workers!.queue,
      workflowId: `${rolloutWorkflowId(input.runId)}-2`,
      args: [input],
    });
    expect(await second.result()).toMatchObject({
      status: 'superseded',
      reason: `another run rolls the same release out: ${rolloutWorkflowId(input.runId)}`,
    });
    expect(await deployment()).toMatchObject({stable, canary: {weight: 10}});
    await traffic(120, 'canary', () => true);
    expect(await first.result()).toMatchObject({status: 'promoted'});
  });
});

describe('a stable that somebody else moved', () => {
  it('ends the rollout as superseded and stays', async () => {
    const {registry, pointers} = project.context.stores;
    const name = project.context.project;
    const other = releaseOf(name, 'other');
    await registry.putRelease(other);
    const handle = await start(await permittedInput([{setWeight: 10}, analysis({interval: 0.1})]));
    await seen(({canary}) => canary?.weight === 10);
    await pointers.move(name, ({canary, shadow}) => ({
      move: {stable: other.digest, canary, shadow, by: 'vera', why: 'hotfix'},
    }));
    const result = await handle.result();
    await record(handle, 'rollout-superseded');
    expect(result).toMatchObject({
      status: 'superseded',
      reason: `stable was moved to ${other.digest.slice(0, 12)} by vera (hotfix)`,
    });
    expect(await deployment()).toMatchObject({stable: other.digest, canary: null, shadow: null});
  });
});
