import {join} from 'node:path';
import {afterEach, beforeEach, expect, it} from 'vitest';
import {setWeight} from '../../../activities/rollout/activities.ts';
import {policyDigest} from '../../../core/access/policy.ts';
import {digestOf} from '../../../core/identity/digest.ts';
import type {Policy} from '../../../schemas/access.ts';
import type {RolloutStep} from '../../../schemas/deployment.ts';
import {ProjectConfig, type ProjectYaml} from '../../../schemas/project.ts';
import {rolloutWorkflowId} from '../../../schemas/names.ts';
import {readAccess} from '../../../stores/access.ts';
import {enterPolicy} from '../../../stores/enter-policy.ts';
import {createKey, type SigningKey} from '../../../stores/keys.ts';
import {policyOfYaml} from '../../../stores/rules.ts';
import {as, person, proved} from '../../people.ts';
import {approvedBy, approverOf, reported} from '../../workflows/approved.ts';
import {projectOf, projectYaml, type TestProject} from '../../workflows/project-of.ts';
import {releaseOf} from '../../workflows/releases.ts';
import {temporalOf} from './rollout-world.ts';

const NAME = 'permission-test';
const adam = person('adam');
const STEPS: RolloutStep[] = [{setWeight: 10}, {pause: {}}];
let project: TestProject;
let [anna, eve]: SigningKey[] = [];
let stable = '';
let candidate = '';

beforeEach(async () => {
  project = await projectOf(NAME);
  const env = {XDG_CONFIG_HOME: join(project.context.folder, 'config')};
  [anna, eve] = [await createKey('anna', env), await createKey('eve', env)];
  const {registry, pointers} = project.context.stores;
  const releases = [releaseOf(NAME, 'old'), releaseOf(NAME, 'new')];
  for (const release of releases) await registry.putRelease(release);
  [stable, candidate] = releases.map(({digest}) => digest) as [string, string];
  await pointers.bootstrap(NAME, stable, {by: 'test', why: 'bootstrap'});
  await sign({approvers: [as(adam, 'admin'), approverOf(anna)]});
});
afterEach(() => project.remove());

/** A policy with these people and this limit, in ratchet.yaml and in force. */
async function sign(approval: ProjectYaml['approval'], limit = 0.5): Promise<Policy> {
  const change: Partial<ProjectYaml> = {
    ...{approval, rollout: {steps: STEPS}},
    gauntlet: {gates: [{metric: 'triage_balanced_accuracy', test: 'at-least', limit}]},
  };
  await project.write(change);
  const config = ProjectConfig.parse(projectYaml(NAME, change));
  const policy = await policyOfYaml({config, folder: project.context.folder});
  const {history} = await readAccess(project.context.stores, NAME);
  const about = {policy: policyDigest(policy), former: history.digest ?? ''};
  const signed = proved(adam, {project: NAME, act: 'policy', about});
  await enterPolicy(project.context.stores, policy, {actor: 'adam', signed});
  return policy;
}
async function gatesInForce(): Promise<string> {
  return digestOf((await readAccess(project.context.stores, NAME)).history.state.policy!.gauntlet);
}

/** The first move of a rollout whose release was judged by these gates and approved by this key. */
async function moved({
  policy,
  signer = anna!,
  steps = STEPS,
}: {
  policy: string;
  signer?: SigningKey;
  steps?: RolloutStep[];
}) {
  const about = {release: candidate, stable, dataset: 'd'.repeat(64)};
  const gauntlet = await reported(project, about, {policy});
  const digests = {release: candidate, dataset: about.dataset, report: gauntlet.report.sha256};
  const runId = `lifecycle/${NAME}/${Math.random()}`;
  const rollout = {...{project: NAME, runId, release: candidate, stable, steps}, startedBy: 'ben'};
  const input = await approvedBy(project, [signer], rollout, gauntlet, digests);
  const by = rolloutWorkflowId(runId);
  const client = temporalOf(new Map([[by, {status: 'RUNNING', runId: 'r1'}]]));
  const move = () =>
    setWeight({input, seq: 0, by, weight: 10}, {...project.context, client}, {workflowId: by, runId: 'r1'});
  return {
    move,
    first: await move().then(
      ({status}) => status,
      (error: Error) => error.message,
    ),
  };
}

it('a release judged by the gates in force is rolled out', async () => {
  expect((await moved({policy: await gatesInForce()})).first).toBe('moved');
});

it('one judged by other gates is not, whoever approved it', async () => {
  expect((await moved({policy: '5'.repeat(64)})).first).toMatch(
    /it was judged by other gates \(555555555555\)/,
  );
});

it('one whose rollout has other steps is not', async () => {
  const policy = await gatesInForce();
  expect((await moved({policy, steps: [{setWeight: 100}]})).first).toContain(
    'its steps are not those of the policy in force',
  );
});

it('gates that an admin changes while it is rolled out do not stop it', async () => {
  const policy = await gatesInForce();
  const {move} = await moved({policy});
  await sign({approvers: [as(adam, 'admin'), approverOf(anna!)]}, 0.6);
  expect((await move()).status).toBe('moved');
});

it('gates that an admin changed before it was approved do', async () => {
  const policy = await gatesInForce();
  await sign({approvers: [as(adam, 'admin'), approverOf(anna!)]}, 0.6);
  expect((await moved({policy})).first).toMatch(/it was judged by other gates/);
});

it('an approver whom only the ratchet.yaml names is none', async () => {
  await project.write({approval: {approvers: [as(adam, 'admin'), approverOf(anna!), approverOf(eve!)]}});
  expect((await moved({policy: await gatesInForce(), signer: eve!})).first).toMatch(
    /of 1 recorded decisions 0 hold/,
  );
});
