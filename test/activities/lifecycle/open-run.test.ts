import {afterEach, beforeEach, expect, it} from 'vitest';
import {openRun} from '../../../activities/lifecycle/activities.ts';
import {sha256Hex} from '../../../core/identity/digest.ts';
import {ProjectConfig, type ProjectYaml} from '../../../schemas/project.ts';
import type {LifecycleInput, ResolvedProject} from '../../../schemas/stage.ts';
import {projectOf, projectYaml, type TestProject} from '../../workflows/project-of.ts';

let project: TestProject;
beforeEach(async () => {
  project = await projectOf('post');
});
afterEach(() => project.remove());

async function open(gates: ProjectYaml['gauntlet']['gates']) {
  const {artifacts} = project.context.stores;
  const resolved: ResolvedProject = {
    v: 1,
    config: ProjectConfig.parse(projectYaml('post', {gauntlet: {gates}})),
    base: {name: 'smollm2-135m-instruct', kind: 'gguf', sha256: sha256Hex('base')},
  };
  const input: LifecycleInput = {
    ...{project: 'post', resolved: await artifacts.putJson(resolved), startedBy: 'anna', starterKey: ''},
    ...{reason: 'first', keyFingerprint: 'f'.repeat(16), feedbackCut: null, parentDataset: null, priority: 1},
  };
  return openRun({run: 'lifecycle/post/20260101T000000Z-abcdef', input}, project.context);
}

it('opens a run of settings whose durations were read before', async () => {
  const plan = await open([{metric: 'triage_balanced_accuracy', test: 'at-least', limit: 0.5}]);
  expect(plan.approval).toMatchObject({timeoutMs: 30 * 86_400_000, reminderMs: 86_400_000});
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
