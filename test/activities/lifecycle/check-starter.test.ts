import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {openRun} from '../../../activities/lifecycle/activities.ts';
import {sha256Hex} from '../../../core/identity/digest.ts';
import type {SignedAct} from '../../../schemas/access.ts';
import {ProjectConfig, type ProjectYaml} from '../../../schemas/project.ts';
import type {LifecycleInput} from '../../../schemas/stage.ts';
import {verifyAudit} from '../../../stores/audit/verify-audit.ts';
import {act, as, person} from '../../people.ts';
import {temporalSays, type ToldExecution} from '../../temporal-says.ts';
import {projectOf, projectYaml, type TestProject} from '../../workflows/project-of.ts';

const [anna, otto] = [person('anna'), person('otto')];
const change: Partial<ProjectYaml> = {approval: {approvers: [as(anna, 'approver'), as(otto, 'operator')]}};
const [r1, r2, r3, r4, r5, r6, r7, r8, r9] = [1, 2, 3, 4, 5, 6, 7, 8, 9].map(
  (n) => `lifecycle/post/r${n}`,
) as [string, string, string, string, string, string, string, string, string];
let project: TestProject;
let settings: LifecycleInput['resolved'];

beforeEach(async () => {
  project = await projectOf('post', change);
  const config = ProjectConfig.parse(projectYaml('post', change));
  const base = {name: 'tiny', kind: 'gguf', sha256: sha256Hex('weights')} as const;
  settings = await project.context.stores.artifacts.putJson({v: 1, config, base});
});
afterEach(() => project.remove());

function opened(
  run: string,
  by: Partial<LifecycleInput>,
  client = temporalSays({[run]: {type: 'lifecycle'}}),
): Promise<string> {
  const input: LifecycleInput = {
    project: 'post',
    resolved: settings,
    startedBy: 'otto',
    starterKey: otto.id,
    reason: 'hand',
    keyFingerprint: '',
    feedbackCut: null,
    parentDataset: null,
    priority: 2,
    ...by,
  };
  return openRun({run, input}, {...project.context, client}).then(
    () => 'opened',
    (error: Error) => error.message,
  );
}
const run = (name: string, by = otto): SignedAct =>
  act(by, {project: 'post', act: 'run', about: {run: name, settings: settings.sha256}});

it('a run by hand is signed by an operator, and that is audited', async () => {
  expect(await opened(r1, {signed: run(r1)})).toBe('opened');
  // A worker that died before it answered is asked again.
  expect(await opened(r1, {signed: run(r1)})).toBe('opened');
  const starts = (await project.audited()).filter(({kind}) => kind === 'run_start');
  expect(starts).toMatchObject([{actor: 'otto', data: {run: r1, signed: {publicKey: otto.key}}}]);
  expect(starts).toHaveLength(1);
  expect(await verifyAudit(project.context.stores, 'post')).toMatchObject({breaks: []});
});

it('what was signed starts its workflow once: reset it goes on, started again it does not', async () => {
  const as = (change: object) => temporalSays({[r1]: {type: 'lifecycle', firstRunId: 'first', ...change}});
  const signed = run(r1);
  expect(await opened(r1, {signed}, as({runId: 'first'}))).toBe('opened');
  expect(await opened(r1, {signed}, as({runId: 'of the reset'}))).toBe('opened');
  expect(
    await opened(r1, {signed, parentDataset: 'd'.repeat(64)}, as({runId: 'again', firstRunId: 'again'})),
  ).toBe(`${r1} is not started: the same signature has started ${r1} before`);
  const [start] = (await project.audited()).filter(({kind}) => kind === 'run_start');
  expect(start!.data).toMatchObject({run: r1, execution: 'first'});
});

it.each<[string, () => Partial<LifecycleInput>, string]>([
  ['without a signature', () => ({}), 'to run takes a signature'],
  [
    'by somebody who does not operate',
    () => ({signed: run(r2, anna), startedBy: 'anna', starterKey: anna.id}),
    'expected operator to start a run',
  ],
  ['by a stranger', () => ({signed: run(r2, person('mallory'))}), "is not among the project's people"],
  ['with the signature of another run', () => ({signed: run(r1)}), `signed for run "${r1}", this is "${r2}"`],
  ['under the name of another', () => ({signed: run(r2), startedBy: 'anna'}), 'it says that anna starts it'],
  ['under the key of another', () => ({signed: run(r2), starterKey: anna.id}), "the signature is otto's"],
])('is refused %s', async (_, by, reason) => {
  const said = await opened(r2, by());
  expect(said).toContain(`${r2} is not started: `);
  expect(said).toContain(reason);
  // Nobody who may not start a run chooses the first stable, or ends what others left.
  const {pointers, registry} = project.context.stores;
  expect(await pointers.read('post')).toBeNull();
  expect(await Array.fromAsync(registry.runs('post'))).toEqual([]);
  expect(await project.audited()).toEqual([]);
});

describe('a retrain', () => {
  const monitor = {type: 'monitor'};
  const request = 'start-retrain/post/1';
  /** What Temporal tells of a run that a retrain started, and of what started that. */
  const told = (run: string, by: string, change: Record<string, ToldExecution | null> = {}) => {
    const known: Record<string, ToldExecution | null> = {
      [run]: {type: 'lifecycle', parent: ['retrain/post', 'r']},
      'retrain/post': {type: 'retrain', parent: [by, 'r']},
      [by]: by === 'monitor/post' ? monitor : {type: 'startRetrain'},
      ...change,
    };
    const there = Object.entries(known).filter((one): one is [string, ToldExecution] => one[1] !== null);
    return temporalSays(Object.fromEntries(there));
  };
  const asked = {project: 'post', act: 'retrain', about: {request}} as const;

  it('that was signed for starts one run, of the retrain that was asked for', async () => {
    const signed = act(otto, asked);
    expect(await opened(r3, {signed}, told(r3, request))).toBe('opened');
    expect(await opened(r4, {signed}, told(r4, request))).toBe(
      `${r4} is not started: the same signature has started ${r3}`,
    );
    const expiry = new Date(Date.now() + 2 * 3_600_000).toISOString();
    expect(await opened(r5, {signed: act(otto, {...asked, expiry})}, told(r5, request))).toMatch(
      /expected an hour from now at most/,
    );
  });

  it.each<[string, ReturnType<typeof told>, string]>([
    [
      'by a lifecycle that a client started',
      told(r6, request, {[r6]: {type: 'lifecycle'}}),
      'a retrain was signed for, and it was started by a client, expected retrain/post',
    ],
    [
      'by a retrain that was not asked for so',
      told(r6, 'start-retrain/post/2'),
      'signed for start-retrain/post/1, this one was started by start-retrain/post/2',
    ],
    [
      'by a workflow of that name',
      told(r6, request, {[request]: {type: 'echo'}}),
      'signed for start-retrain/post/1, this one was started by start-retrain/post/1',
    ],
  ])('whose signature is used %s does not start', async (_, client, reason) => {
    const said = await opened(r6, {signed: act(otto, asked)}, client);
    expect(said).toBe(
      `${r6} is not started: ${said.includes('the retrain was') ? 'the retrain was ' : ''}${reason}`,
    );
    expect((await project.audited()).filter(({kind}) => kind === 'run_start')).toEqual([]);
  });

  const machine = (reason: 'drift' | 'schedule' | 'new_data') => ({
    reason,
    startedBy: reason,
    starterKey: '',
  });
  it.each([
    ['drift', 'monitor/post'],
    ['new_data', 'monitor/post'],
    ['schedule', 'start-schedule/post/nightly-2026-01-01T00:00:00Z'],
  ] as const)('for %s needs no signature, and is audited with what started it', async (reason, by) => {
    for (let attempt = 0; attempt < 2; attempt += 1)
      expect(await opened(r7, machine(reason), told(r7, by))).toBe('opened');
    const origins = (await project.audited()).filter(({kind}) => kind === 'run_origin');
    expect(origins).toMatchObject([
      {
        actor: reason,
        data: {run: r7, reason, retrain: {workflowId: 'retrain/post'}, by: {workflowId: by, runId: 'r'}},
      },
    ]);
  });

  it.each<[string, 'drift' | 'schedule', ReturnType<typeof told>, string]>([
    [
      'by a client',
      'drift',
      told(r8, 'monitor/post', {[r8]: {type: 'lifecycle'}}),
      'it was started by a client, expected retrain/post',
    ],
    [
      'by the retrain of another project',
      'drift',
      told(r8, 'monitor/post', {[r8]: {type: 'lifecycle', parent: ['retrain/other', 'r']}}),
      'it was started by retrain/other, expected retrain/post',
    ],
    [
      'by what only bears a retrain’s name',
      'drift',
      told(r8, 'monitor/post', {'retrain/post': {type: 'echo', parent: ['monitor/post', 'r']}}),
      'retrain/post is of type echo, expected retrain',
    ],
    [
      'by a retrain that a client started',
      'drift',
      told(r8, 'monitor/post', {'retrain/post': {type: 'retrain'}}),
      'retrain/post was started by a client',
    ],
    [
      'by a retrain for a schedule',
      'drift',
      told(r8, 'start-schedule/post/x'),
      'start-schedule/post/x started',
    ],
    ['by the monitor', 'schedule', told(r8, 'monitor/post'), 'monitor/post started its retrain'],
    [
      'by another project’s monitor',
      'drift',
      told(r8, 'monitor/other', {'monitor/other': monitor}),
      'monitor/other started its retrain',
    ],
    [
      'by a workflow with the monitor’s name',
      'drift',
      told(r8, 'monitor/post', {'monitor/post': {type: 'echo'}}),
      'monitor/post started its retrain',
    ],
    ['by ratchet retrain', 'schedule', told(r8, request), 'start-retrain/post/1 started its retrain'],
  ])('started %s for %s does not start', async (_, reason, client, why) => {
    const said = await opened(r8, machine(reason), client);
    expect(said).toContain(`r8 is not started: it says that it is for ${reason}, but `);
    expect(said).toContain(why);
    expect((await project.audited()).filter(({kind}) => kind === 'run_origin')).toEqual([]);
  });

  it.each([{startedBy: 'anna'}, {starterKey: anna.id}])(
    'for drift is nobody’s: %j is refused',
    async (change) => {
      const said = await opened(r8, {...machine('drift'), ...change}, told(r8, 'monitor/post'));
      expect(said).toMatch(
        /^lifecycle\/post\/r8 is not started: it says that \w+ starts it, and that it is for drift: a person signs$/,
      );
    },
  );

  it('asks nobody where the project names nobody', async () => {
    await project.write({});
    const nobody = ProjectConfig.parse(projectYaml('post'));
    const base = {name: 'tiny', kind: 'gguf', sha256: sha256Hex('weights')} as const;
    settings = await project.context.stores.artifacts.putJson({v: 1, config: nobody, base});
    expect(await opened(r9, machine('drift'))).toBe('opened');
    expect((await project.audited()).map(({kind}) => kind)).not.toContain('run_origin');
  });
});
