import {afterEach, beforeEach, expect, it} from 'vitest';
import {openRun} from '../../../activities/lifecycle/activities.ts';
import {baseRelease} from '../../../core/releases/compose.ts';
import {sha256Hex} from '../../../core/identity/digest.ts';
import {ProjectConfig, type ProjectYaml} from '../../../schemas/project.ts';
import type {LifecycleInput} from '../../../schemas/stage.ts';
import type {ResolvedProject} from '../../../schemas/resolved-project.ts';
import {projectOf, projectYaml, type TestProject} from '../../workflows/project-of.ts';
import {temporalOf} from '../rollout/rollout-world.ts';

let project: TestProject;
beforeEach(async () => {
  project = await projectOf('post');
});
afterEach(() => project.remove());

const RUN = 'lifecycle/post/20260101T000000Z-abcdef';
const GATE = {metric: 'triage_balanced_accuracy', test: 'at-least', limit: 0.5} as const;

async function open(
  gates: ProjectYaml['gauntlet']['gates'],
  {
    run = RUN,
    of = 'post',
    settingsOf = of,
    rollout,
  }: {run?: string; of?: string; settingsOf?: string; rollout?: ProjectYaml['rollout']} = {},
) {
  const {artifacts} = project.context.stores;
  const resolved: ResolvedProject = {
    v: 1,
    config: ProjectConfig.parse(projectYaml(settingsOf, {gauntlet: {gates}, ...(rollout && {rollout})})),
    base: {name: 'smollm2-135m-instruct', kind: 'gguf', sha256: sha256Hex('base')},
  };
  const input: LifecycleInput = {
    project: of,
    resolved: await artifacts.putJson(resolved),
    startedBy: 'anna',
    starterKey: '',
    reason: 'first',
    keyFingerprint: 'f'.repeat(16),
    feedbackCut: null,
    parentDataset: null,
    priority: 1,
  };
  return openRun({run, input}, project.context);
}

it('opens a run of settings whose durations were read before', async () => {
  const plan = await open([GATE]);
  expect(plan.approval).toMatchObject({timeoutMs: 30 * 86_400_000, reminderMs: 86_400_000});
});

it('plans the first release’s own steps until one has become stable', async () => {
  const rollout = {steps: [{setWeight: 10}, {setWeight: 100}], first: [{setWeight: 100}]};
  expect((await open([GATE], {rollout})).rollout).toEqual(rollout.first);
  const {pointers, registry} = project.context.stores;
  const config = ProjectConfig.parse(projectYaml('post', {gauntlet: {gates: [GATE]}}));
  const other = baseRelease({v: 1, config, base: {name: 'other', kind: 'gguf', sha256: sha256Hex('other')}});
  await registry.putRelease(other);
  await pointers.move('post', () => ({
    move: {stable: other.digest, canary: null, shadow: null, by: 'anna', why: 'promoted'},
  }));
  expect((await open([GATE], {rollout})).rollout).toEqual(rollout.steps);
});

it('opens none whose gates name what the project does not measure, before anything is written', async () => {
  await expect(
    open([
      {metric: 'triage_balanced_acuracy', test: 'superiority'},
      {metric: 'triage_accuracy', test: 'superiority', slice: 'frozn'},
    ]),
  ).rejects.toMatchObject({
    type: 'InvalidInput',
    message:
      'ratchet.yaml: gauntlet.gates[0].metric: expected a metric of this project (did you mean "triage_balanced_accuracy"?), got "triage_balanced_acuracy"; ' +
      'gauntlet.gates[1].slice: expected a slice of this project (did you mean "frozen"?), got "frozn"',
  });
  expect(await project.context.stores.pointers.read('post')).toBeNull();
});

it.each([
  [
    'an ID without its project',
    {run: '20260101T000000Z-abcdef'},
    /^20260101T000000Z-abcdef is not started: /,
  ],
  ['the ID of another project', {run: 'lifecycle/other/x'}, /its workflow ID, expected lifecycle\/post\/…$/],
  ['no ID of a run', {run: 'lifecycle/post/'}, /its workflow ID, expected lifecycle\/post\/…$/],
  [
    'another project',
    {run: 'lifecycle/other/x', of: 'other'},
    /^lifecycle\/other\/x is not started: it is of other, this worker works for post$/,
  ],
  [
    'settings of another project',
    {settingsOf: 'other'},
    /is not started: its settings are of other, it is of post$/,
  ],
])('opens none under %s, before anything is written', async (_, change, reason) => {
  await expect(open([GATE], change)).rejects.toMatchObject({
    type: 'InvalidInput',
    message: expect.stringMatching(reason) as string,
  });
  const {pointers, registry} = project.context.stores;
  for (const name of ['post', 'other']) {
    expect(await pointers.read(name)).toBeNull();
    expect(await Array.fromAsync(registry.runs(name))).toEqual([]);
  }
});

it('takes away what a rollout left that was terminated', async () => {
  const {pointers} = project.context.stores;
  const stable = 'a'.repeat(64);
  await pointers.bootstrap('post', stable, {by: 'anna', why: 'bootstrap'});
  const left = {canary: {release: 'b'.repeat(64), weight: 10}, shadow: null};
  await pointers.move('post', () => ({move: {stable, ...left, by: 'rollout/x', why: 'canary 10 %'}}));
  const client = temporalOf(new Map([['rollout/x', {status: 'TERMINATED', runId: 'r'}]]));
  project = {...project, context: {...project.context, client}};
  // Opening goes no further, since nobody has put that stable into the registry.
  await expect(open([GATE])).rejects.toThrow();
  expect(await pointers.read('post')).toMatchObject({stable, canary: null, by: 'rollout/x'});
});
