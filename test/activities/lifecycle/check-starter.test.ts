import {afterEach, beforeEach, expect, it} from 'vitest';
import {openRun} from '../../../activities/lifecycle/activities.ts';
import {sha256Hex} from '../../../core/identity/digest.ts';
import type {SignedAct} from '../../../schemas/access.ts';
import {ProjectConfig, type ProjectYaml} from '../../../schemas/project.ts';
import type {LifecycleInput} from '../../../schemas/stage.ts';
import {act, as, person} from '../../people.ts';
import {projectOf, projectYaml, type TestProject} from '../../workflows/project-of.ts';

const [anna, otto] = [person('anna'), person('otto')];
const change: Partial<ProjectYaml> = {approval: {approvers: [as(anna, 'approver'), as(otto, 'operator')]}};
let project: TestProject;
let settings: LifecycleInput['resolved'];

beforeEach(async () => {
  project = await projectOf('post', change);
  const config = ProjectConfig.parse(projectYaml('post', change));
  const base = {name: 'tiny', kind: 'gguf', sha256: sha256Hex('weights')} as const;
  settings = await project.context.stores.artifacts.putJson({v: 1, config, base});
});
afterEach(() => project.remove());

function opened(run: string, by: Partial<LifecycleInput>): Promise<string> {
  const input: LifecycleInput = {
    ...{project: 'post', resolved: settings, startedBy: 'otto', starterKey: otto.id, reason: 'hand'},
    ...{keyFingerprint: '', feedbackCut: null, parentDataset: null, priority: 2, ...by},
  };
  return openRun({run, input}, project.context).then(
    () => 'opened',
    (error: Error) => error.message,
  );
}
const run = (name: string, by = otto): SignedAct =>
  act(by, {project: 'post', act: 'run', about: {run: name, settings: settings.sha256}});

it('a run by hand is signed by an operator, and that is audited', async () => {
  expect(await opened('r1', {signed: run('r1')})).toBe('opened');
  // A worker that died before it answered is asked again.
  expect(await opened('r1', {signed: run('r1')})).toBe('opened');
  const starts = (await project.audited()).filter(({kind}) => kind === 'run_start');
  expect(starts).toMatchObject([{actor: 'otto', data: {run: 'r1', signed: {publicKey: otto.key}}}]);
  expect(starts).toHaveLength(1);
});

it.each<[string, () => Partial<LifecycleInput>, string]>([
  ['without a signature', () => ({}), 'to run takes a signature'],
  [
    'by somebody who does not operate',
    () => ({signed: run('r2', anna), startedBy: 'anna', starterKey: anna.id}),
    'expected operator to start a run',
  ],
  ['by a stranger', () => ({signed: run('r2', person('mallory'))}), "is not among the project's people"],
  ['with the signature of another run', () => ({signed: run('r1')}), 'signed for run "r1", this is "r2"'],
  [
    'under the name of another',
    () => ({signed: run('r2'), startedBy: 'anna'}),
    'it says that anna starts it',
  ],
  ['under the key of another', () => ({signed: run('r2'), starterKey: anna.id}), "the signature is otto's"],
])('is refused %s', async (_, by, reason) => {
  const said = await opened('r2', by());
  expect(said).toContain('r2 is not started: ');
  expect(said).toContain(reason);
});

it('one signed retrain starts one run, and is signed for a day at most', async () => {
  const expiry = new Date(Date.now() + 3_600_000).toISOString();
  const asked = {project: 'post', act: 'retrain', about: {request: 'start-retrain/post/1'}} as const;
  const signed = act(otto, {...asked, expiry});
  expect(await opened('r3', {signed})).toBe('opened');
  expect(await opened('r4', {signed})).toBe('r4 is not started: the same signature has started r3');
  expect(await opened('r5', {signed: act(otto, asked)})).toMatch(/expected a day at most$/);
});

it('a run that drift or a schedule starts needs none', async () => {
  expect(await opened('r5', {reason: 'drift', startedBy: 'drift', starterKey: ''})).toBe('opened');
});
