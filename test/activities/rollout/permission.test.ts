import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {setWeight} from '../../../activities/rollout/activities.ts';
import {policyDigest} from '../../../core/access/policy.ts';
import {digestOf} from '../../../core/identity/digest.ts';
import type {Policy, ProvedAct} from '../../../schemas/access.ts';
import type {RolloutStep} from '../../../schemas/deployment.ts';
import {ProjectConfig, type ProjectYaml} from '../../../schemas/project.ts';
import {rolloutWorkflowId} from '../../../schemas/names.ts';
import {readAccess} from '../../../stores/access/access.ts';
import {enterPolicy} from '../../../stores/audit/enter-policy.ts';
import {createKey, type SigningKey} from '../../../stores/access/keys.ts';
import {policyOfYaml} from '../../../stores/access/rules.ts';
import type {DecisionPayload, SignedDecision} from '../../../schemas/approval.ts';
import {signAct} from '../../../core/access/signed-act.ts';
import {payloadDigest, signDecision} from '../../../core/approval/signature.ts';
import {as, person, proved, twin} from '../../people.ts';
import {approvedBy, approverOf, reported} from '../../workflows/approved.ts';
import {projectOf, projectYaml, type TestProject} from '../../workflows/project-of.ts';
import {releaseOf} from '../../workflows/releases.ts';
import {originSeal} from '../../../stores/audit/run-starters.ts';
import {temporalOf} from './rollout-world.ts';

type DecisionDigests = DecisionPayload['digests'];

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
    approval,
    rollout: {steps: STEPS},
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
  startedBy = 'ben',
  starterKey = '',
  before = async () => {},
  after = async () => {},
}: {
  policy: string;
  signer?: SigningKey;
  steps?: RolloutStep[];
  /** Who started the run, as its approval says. */
  startedBy?: string;
  starterKey?: string;
  /** What the chain says before, and after, the approval. */
  before?: (runId: string) => Promise<unknown>;
  after?: (runId: string, digests: DecisionDigests) => Promise<unknown>;
}) {
  const about = {release: candidate, stable, dataset: 'd'.repeat(64)};
  const gauntlet = await reported(project, about, {policy});
  const digests = {release: candidate, dataset: about.dataset, report: gauntlet.report.sha256};
  const runId = `lifecycle/${NAME}/${Math.random()}`;
  const rollout = {project: NAME, runId, release: candidate, stable, steps, startedBy};
  await before(runId);
  const input = await approvedBy(project, [signer], rollout, gauntlet, digests, starterKey);
  await after(runId, digests);
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
    /of 0 recorded decisions 0 hold/,
  );
});

describe('who started the run', () => {
  const soon = () => new Date(Date.now() + 3_600_000).toISOString();
  const chain = () => project.context.stores.audit(NAME);
  /** An entry of a run's start, signed by this key; `change` spoils what is recorded. */
  const startedBy =
    (key: SigningKey, change: Partial<ProvedAct> = {}, of?: string, actor = key.name) =>
    (runId: string) => {
      const {id, privateKey, publicText: publicKey} = key;
      const about = {run: of ?? runId, settings: 'e'.repeat(64)};
      const payload = {
        v: 1 as const,
        project: NAME,
        act: 'run' as const,
        key: id,
        comment: '',
        expiry: soon(),
      };
      const signed = {...signAct({...payload, about}, privateKey), publicKey, ...change};
      return chain().append({kind: 'run_start', actor, data: {run: runId, signed}});
    };
  /** A decision of eve's, as it is recorded. */
  const decided = (runId: string, decision: SignedDecision) => {
    const told = {payloadDigest: payloadDigest(decision.payload), publicKey: eve!.publicText};
    return chain().append({kind: 'decision', actor: 'eve', data: {runId, ...decision, ...told}});
  };
  const itself = /of 1 recorded decisions 1 hold .*\(anna to approve\), 1 approval\(s\) needed/;

  it('is who signed its start, whoever its approval says it was', async () => {
    const policy = await gatesInForce();
    await sign({approvers: [as(adam, 'admin'), approverOf(anna!), approverOf(eve!)]});
    const about = {policy, startedBy: 'eve', starterKey: eve!.id};
    expect((await moved({...about, before: startedBy(anna!)})).first).toMatch(itself);
    expect((await moved({...about, before: startedBy(eve!)})).first).toBe('moved');
  });

  it('is, by another key of theirs, the same person', async () => {
    const policy = await gatesInForce();
    const second = await createKey('second', {XDG_CONFIG_HOME: join(project.context.folder, 'config')});
    await sign({approvers: [as(adam, 'admin'), approverOf(anna!), {...approverOf(second), name: 'anna'}]});
    expect(
      (await moved({policy, startedBy: 'schedule', before: startedBy(second, {}, undefined, 'anna')})).first,
    ).toMatch(itself);
  });

  it('is each who signed a start of it', async () => {
    const policy = await gatesInForce();
    await sign({approvers: [as(adam, 'admin'), approverOf(anna!), approverOf(eve!)]});
    const both = async (runId: string) => {
      await startedBy(anna!)(runId);
      await startedBy(eve!)(runId);
    };
    expect((await moved({policy, before: both})).first).toMatch(itself);
  });

  it('is who the approval says, where nobody had to sign', async () => {
    const policy = await gatesInForce();
    expect((await moved({policy, startedBy: 'anna'})).first).toMatch(itself);
    const another = () => startedBy(anna!)('lifecycle/another');
    expect((await moved({policy, startedBy: 'schedule', before: another})).first).toBe('moved');
  });

  it('is nobody where the retrain was for drift, as its first activity saw', async () => {
    const policy = await gatesInForce();
    const origin = (runId: string) =>
      chain().append({
        kind: 'run_origin',
        actor: 'drift',
        data: {run: runId, reason: 'drift', seal: seal(runId)},
      });
    const seal = (run: string) => originSeal(project.context.rowKey, {project: NAME, run, reason: 'drift'});
    expect((await moved({policy, startedBy: 'drift', before: origin})).first).toBe('moved');
  });

  it.each<[string, () => Partial<ProvedAct>]>([
    ['by another key than it says', () => ({publicKey: adam.key})],
    ['for another run', () => ({payload: {...payloadOf(), about: {run: 'another', settings: ''}}})],
    ['to do something else', () => ({payload: {...payloadOf(), act: 'cancel'}})],
  ])('is not proved by a start that was signed %s: nothing moves', async (_, change) => {
    const policy = await gatesInForce();
    expect((await moved({policy, before: startedBy(eve!, change())})).first).toMatch(
      /who started run .* is not proved: entry \d+ of its start: its signature is/,
    );
  });
  it('is not proved by a start of another run, entered as that of this one', async () => {
    const about = {policy: await gatesInForce(), before: startedBy(eve!, {}, 'another')};
    expect((await moved(about)).first).toMatch(/of its start: its signature is for another run; run/);
  });
  const payloadOf = () => ({
    v: 1 as const,
    project: NAME,
    act: 'run' as const,
    key: eve!.id,
    comment: '',
    expiry: soon(),
    about: {},
  });

  it('is no matter of another run’s approval: of the same digests, or under this run’s name', async () => {
    const policy = await gatesInForce();
    await sign({approvers: [as(adam, 'admin'), approverOf(anna!), approverOf(eve!)], required: 2});
    const entered = async (runId: string, digests: DecisionDigests, run: string) => {
      const payload = {v: 1 as const, project: NAME, action: 'approve' as const, digests, run, comment: ''};
      const decision = signDecision({...payload, key: eve!.id, expiry: soon()}, eve!.privateKey);
      await decided(runId, decision);
    };
    // Eve signed the same digests for another approval.
    const other = (runId: string, digests: DecisionDigests) => entered(runId, digests, 'another');
    expect((await moved({policy, after: other})).first).toContain('of 2 recorded decisions 1 hold');
    // What another run's approval came to says nothing of this one.
    const closed = (runId: string) =>
      chain().append({
        kind: 'approval',
        actor: 'eve',
        data: {runId: `${runId}2`, status: 'rejected', run: 'another', startedBy: 'ben', starterKey: ''},
      });
    expect((await moved({policy, after: closed})).first).toContain('of 1 recorded decisions 1 hold');
  });

  it.each<[string, (decision: SignedDecision, digests: DecisionDigests) => SignedDecision]>([
    [
      'over other digests',
      ({payload}, digests) =>
        signDecision({...payload, digests: {...digests, report: 'f'.repeat(64)}}, eve!.privateKey),
    ],
    ['changed since', (decision) => ({...decision, payload: {...decision.payload, comment: 'fine'}})],
    ['in another text', (decision) => ({...decision, signature: twin(decision.signature)})],
  ])('is no matter of a decision %s', async (_, change) => {
    const policy = await gatesInForce();
    await sign({approvers: [as(adam, 'admin'), approverOf(anna!), approverOf(eve!)], required: 2});
    const entered = async (runId: string, digests: DecisionDigests) => {
      const closed = (await project.audited()).findLast(({data}) => data['runId'] === runId)!;
      const decision = signDecision(
        {
          v: 1,
          project: NAME,
          action: 'approve',
          digests,
          run: String(closed.data['run']),
          key: eve!.id,
          comment: '',
          expiry: soon(),
        },
        eve!.privateKey,
      );
      await decided(runId, change(decision, digests));
    };
    expect((await moved({policy, after: entered})).first).toMatch(/of [12] recorded decisions 1 hold/);
  });

  it('is not approved by somebody who is no approver', async () => {
    const policy = await gatesInForce();
    await sign({approvers: [as(adam, 'admin'), approverOf(anna!), approverOf(eve!, 'viewer')]});
    expect((await moved({policy, signer: eve!})).first).toContain('of 0 recorded decisions 0 hold');
  });

  it('is of the last approval, where a run that was reset asked twice', async () => {
    const policy = await gatesInForce();
    const again = async (runId: string) => {
      const closed = (await project.audited()).findLast(({kind}) => kind === 'approval')!;
      const data = {...closed.data, runId, status: 'expired', run: 'second', decisions: []};
      await chain().append({kind: 'approval', actor: 'nobody', data});
    };
    expect((await moved({policy, after: again})).first).toMatch(/run .* was expired/);
  });

  it('is approved by no entry that closes an approval again', async () => {
    const policy = await gatesInForce();
    const again = async (runId: string) => {
      const closed = (await project.audited()).findLast(({data}) => data['runId'] === runId)!;
      await chain().append({kind: 'approval', actor: 'anna', data: closed.data});
    };
    expect((await moved({policy, after: again})).first).toMatch(
      /, entry 4: it closes the approval of entry 3 again/,
    );
  });

  it('a rejection counts however few decisions the approval says it had', async () => {
    const policy = await gatesInForce();
    await sign({approvers: [as(adam, 'admin'), approverOf(anna!), approverOf(eve!)]});
    const rejected = async (runId: string, digests: DecisionDigests) => {
      const [approved, closed] = (await project.audited()).filter(({data}) => data['runId'] === runId);
      const decision = signDecision(
        {
          v: 1,
          project: NAME,
          action: 'reject',
          digests,
          run: String(closed!.data['run']),
          key: eve!.id,
          comment: 'no',
          expiry: soon(),
        },
        eve!.privateKey,
      );
      await decided(runId, decision);
      // Behind the rejection as many approvals as the approval says that it had, and its end.
      await chain().append({kind: 'decision', actor: 'anna', data: approved!.data});
      await chain().append({kind: 'approval', actor: 'anna', data: closed!.data});
    };
    expect((await moved({policy, after: rejected})).first).toContain('of 2 recorded decisions 2 hold');
  });
});
