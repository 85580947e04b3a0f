import {afterEach, beforeEach, expect, it} from 'vitest';
import {openRun} from '../../../activities/lifecycle/activities.ts';
import {digestOf, sha256Hex} from '../../../core/identity/digest.ts';
import {ProjectConfig, type ProjectYaml} from '../../../schemas/project.ts';
import type {LifecycleInput} from '../../../schemas/stage.ts';
import {projectOf, projectYaml, type TestProject} from '../../workflows/project-of.ts';

let project: TestProject;
beforeEach(async () => {
  project = await projectOf('post');
});
afterEach(() => project.remove());

const gate = {metric: 'triage_balanced_accuracy', test: 'at-least', limit: 0.5} as const;

/** As the first activity of a run does it, under these gates. Gives the digest that the run's report will name. */
async function opened(run: string, gauntlet: ProjectYaml['gauntlet'], startedBy = 'anna'): Promise<string> {
  const {artifacts} = project.context.stores;
  const config = ProjectConfig.parse(projectYaml('post', {gauntlet}));
  const base = {name: 'tiny', kind: 'gguf', sha256: sha256Hex('weights')} as const;
  const input: LifecycleInput = {
    ...{project: 'post', resolved: await artifacts.putJson({v: 1, config, base}), startedBy, starterKey: ''},
    ...{reason: 'hand', keyFingerprint: '', feedbackCut: null, parentDataset: null, priority: 3},
  };
  await openRun({run, input}, project.context);
  return digestOf(config.gauntlet);
}
const policies = async () => (await project.audited()).filter(({kind}) => kind === 'policy');

it('keeps the policy as an artifact under the digest that the report names', async () => {
  const digest = await opened('lifecycle/post/1', {gates: [gate]});
  const uri = `artifacts/sha256/${digest.slice(0, 2)}/${digest}`;
  expect(await project.context.stores.objects.head(uri)).not.toBeNull();
});

it('audits a policy that differs from the last one, with who started the run and what changed', async () => {
  const first = await opened('lifecycle/post/1', {gates: [gate]});
  await opened('lifecycle/post/2', {gates: [gate]});
  const second = await opened('lifecycle/post/3', {gates: [{...gate, required: false}]}, 'ben');
  await opened('lifecycle/post/3', {gates: [{...gate, required: false}]}, 'ben');
  await opened('lifecycle/post/4', {gates: [gate]});
  expect(await policies()).toMatchObject([
    {
      actor: 'anna',
      data: {
        ...{run: 'lifecycle/post/1', policy: first, former: null},
        changes: ['added triage_balanced_accuracy: at-least, limit 0.5, required'],
      },
    },
    {
      actor: 'ben',
      data: {
        ...{run: 'lifecycle/post/3', policy: second, former: first},
        changes: ['triage_balanced_accuracy: required → advisory'],
      },
    },
    {
      actor: 'anna',
      data: {
        ...{run: 'lifecycle/post/4', policy: first, former: second},
        changes: ['triage_balanced_accuracy: advisory → required'],
      },
    },
  ]);
});

it('audits it once, though the process died before it noted that it had', async () => {
  await opened('lifecycle/post/1', {gates: [gate]});
  await project.context.stores.objects.delete('policies/post.json');
  await opened('lifecycle/post/1', {gates: [gate]});
  expect(await policies()).toHaveLength(1);
});

it('a former policy that is gone ends no run, and is said', async () => {
  const first = await opened('lifecycle/post/1', {gates: [gate]});
  await project.context.stores.objects.delete(`artifacts/sha256/${first.slice(0, 2)}/${first}`);
  await opened('lifecycle/post/2', {gates: [{...gate, required: false}]});
  expect((await policies()).at(-1)!.data['changes']).toEqual([
    'the former policy cannot be read, so here is the whole new one',
    'added triage_balanced_accuracy: at-least, limit 0.5, advisory',
  ]);
});
