import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {openRun} from '../../../activities/lifecycle/activities.ts';
import {policyDigest} from '../../../core/access/policy.ts';
import {digestOf, sha256Hex} from '../../../core/identity/digest.ts';
import type {Approver} from '../../../schemas/approval.ts';
import {ProjectConfig, type ProjectYaml} from '../../../schemas/project.ts';
import type {LifecycleInput} from '../../../schemas/stage.ts';
import {readAccess} from '../../../stores/access/access.ts';
import {enterPolicy} from '../../../stores/audit/enter-policy.ts';
import {policyOfYaml} from '../../../stores/access/rules.ts';
import {verifyAudit} from '../../../stores/audit/verify-audit.ts';
import {as, person, proved} from '../../people.ts';
import {everyRunIsForDrift} from '../../temporal-says.ts';
import {projectOf, projectYaml, type TestProject} from '../../workflows/project-of.ts';

const [anna, adam, eve] = [person('anna'), person('adam'), person('eve')];

let project: TestProject;
beforeEach(async () => {
  project = await projectOf('post');
});
afterEach(() => project.remove());

const gate = {metric: 'triage_balanced_accuracy', test: 'at-least', limit: 0.5} as const;
const lax = {...gate, required: false};
const policy = (change: Partial<ProjectYaml>) => {
  const config = ProjectConfig.parse(projectYaml('post', change));
  return policyOfYaml({config, folder: project.context.folder});
};

/** As the first activity of a run does it, with these settings. Gives the policy that the run goes by. */
async function opened(run: string, change: Partial<ProjectYaml>, startedBy = 'drift'): Promise<string> {
  const {artifacts} = project.context.stores;
  await project.write(change);
  const config = ProjectConfig.parse(projectYaml('post', change));
  const base = {name: 'tiny', kind: 'gguf', sha256: sha256Hex('weights')} as const;
  const input: LifecycleInput = {
    project: 'post',
    resolved: await artifacts.putJson({v: 1, config, base}),
    startedBy,
    starterKey: '',
    reason: 'drift',
    keyFingerprint: '',
    feedbackCut: null,
    parentDataset: null,
    priority: 3,
  };
  return (await openRun({run, input}, {...project.context, client: everyRunIsForDrift('post')})).policy!;
}
const policies = async () => (await project.audited()).filter(({kind}) => kind === 'policy');
const gates = (...list: ProjectYaml['gauntlet']['gates']) => ({gauntlet: {gates: list}});

describe('where no admin is named', () => {
  it('keeps the gates as an artifact under the digest that the report names', async () => {
    await opened('lifecycle/post/1', gates(gate));
    const digest = digestOf(ProjectConfig.parse(projectYaml('post', gates(gate))).gauntlet);
    const uri = `artifacts/sha256/${digest.slice(0, 2)}/${digest}`;
    expect(await project.context.stores.objects.head(uri)).not.toBeNull();
    expect((await policies())[0]!.data).toMatchObject({gates: digest});
  });

  it('audits a policy that differs from the last one, with who started the run and what changed', async () => {
    const first = await opened('lifecycle/post/1', gates(gate), 'schedule');
    await opened('lifecycle/post/2', gates(gate));
    const second = await opened('lifecycle/post/3', gates(lax), 'ben');
    await opened('lifecycle/post/3', gates(lax), 'ben');
    await opened('lifecycle/post/4', gates(gate));
    expect(await policies()).toMatchObject([
      {
        actor: 'schedule',
        data: {
          run: 'lifecycle/post/1',
          policy: first,
          former: null,
          changes: ['added triage_balanced_accuracy: at-least, limit 0.5, required'],
        },
      },
      {
        actor: 'ben',
        data: {
          run: 'lifecycle/post/3',
          policy: second,
          former: first,
          changes: ['triage_balanced_accuracy: required → advisory'],
        },
      },
      {
        actor: 'drift',
        data: {
          run: 'lifecycle/post/4',
          policy: first,
          former: second,
          changes: ['triage_balanced_accuracy: advisory → required'],
        },
      },
    ]);
  });

  it('says what changed of people, quorum and rollout too', async () => {
    const approvers: Approver[] = [as(anna, 'approver')];
    await opened('lifecycle/post/1', {...gates(gate), approval: {approvers}});
    await opened('lifecycle/post/2', {
      ...gates(gate),
      approval: {required: 2, approvers: [as(anna, 'approver', 'operator'), as(eve, 'approver')]},
      rollout: {steps: [{setWeight: 100}]},
    });
    expect((await policies())[1]!.data['changes']).toEqual([
      `anna, approver → anna, approver + operator (key …${anna.key.slice(-9)})`,
      `eve: added, approver, key …${eve.key.slice(-9)}`,
      'required: 1 → 2',
      'rollout: [{"setShadow":100}] → [{"setWeight":100}]',
    ]);
  });

  it('eight runs at once under eight policies leave a chain in which each follows another', async () => {
    await Promise.all(
      Array.from({length: 8}, (_, i) =>
        opened(`lifecycle/post/${i}`, gates({...gate, limit: 0.1 + i / 100})),
      ),
    );
    expect(await policies()).toHaveLength(8);
    expect(await verifyAudit(project.context.stores, 'post')).toMatchObject({breaks: []});
  });
});

describe('once an admin is named', () => {
  const people = {approval: {approvers: [as(adam, 'admin'), as(anna, 'approver')]}};
  const escalated = {
    approval: {approvers: [as(adam, 'admin'), as(anna, 'approver'), as(eve, 'approver', 'admin')]},
  };
  beforeEach(() => opened('lifecycle/post/1', {...gates(gate), ...people}));

  const sign = async (by: typeof adam, change: Partial<ProjectYaml>, former?: string) => {
    const next = await policy(change);
    const {history} = await readAccess(project.context.stores, 'post');
    const about = {policy: policyDigest(next), former: former ?? history.digest!};
    return {next, signed: proved(by, {project: 'post', act: 'policy', about})};
  };
  const enter = async (by: typeof adam, change: Partial<ProjectYaml>, former?: string) => {
    const {next, signed} = await sign(by, change, former);
    return enterPolicy(project.context.stores, next, {actor: by.name, signed});
  };

  it('a run under changed gates, or roles, does not start: one line says what changed and what to do', async () => {
    await expect(opened('lifecycle/post/2', {...gates(lax), ...people})).rejects.toMatchObject({
      type: 'NotPermitted',
      message:
        'the policy of post changed: triage_balanced_accuracy: required → advisory; an admin signs it: ratchet policy sign',
    });
    // Whoever writes the ratchet.yaml gives nobody a role, themselves least.
    await expect(opened('lifecycle/post/3', {...gates(gate), ...escalated})).rejects.toMatchObject({
      message: expect.stringContaining(`eve: added, admin + approver, key …${eve.key.slice(-9)}`) as string,
    });
    expect(await policies()).toHaveLength(1);
  });

  it('starts once an admin has signed it, and the chain verifies', async () => {
    await enter(adam, {...gates(lax), ...people});
    expect(await opened('lifecycle/post/2', {...gates(lax), ...people})).toBe(
      policyDigest(await policy({...gates(lax), ...people})),
    );
    expect((await policies())[1]).toMatchObject({
      actor: 'adam',
      data: {changes: ['triage_balanced_accuracy: required → advisory']},
    });
    expect(await verifyAudit(project.context.stores, 'post')).toMatchObject({breaks: []});
  });

  it.each([
    ['by one who only the new policy calls an admin', () => enter(eve, {...gates(gate), ...escalated})],
    ['by an approver', () => enter(anna, {...gates(lax), ...people})],
    [
      'over another former policy, as one from before would be',
      () => enter(adam, {...gates(lax), ...people}, 'a'.repeat(64)),
    ],
  ])('is not entered when it is signed %s', async (_, entering) => {
    await expect(entering()).rejects.toMatchObject({
      type: 'DecisionRefused',
      message: expect.stringMatching(
        /^the policy is not entered: its (policy is signed by key|signature is for another former)/,
      ) as string,
    });
    expect(await policies()).toHaveLength(1);
  });

  it.each([
    ['2002-12-03T11:46:36Z', /the signature expired at 2002/],
    ['2999-01-01T00:00:00Z', /valid until 2999.*, expected an hour from now at most/],
  ])('is not entered by what is signed until %s', async (expiry, reason) => {
    const {next, signed} = await sign(adam, {...gates(lax), ...people});
    const {payload} = proved(adam, {...signed.payload, expiry});
    await expect(
      enterPolicy(project.context.stores, next, {actor: 'adam', signed: proved(adam, payload)}),
    ).rejects.toMatchObject({type: 'DecisionRefused', message: expect.stringMatching(reason)});
    expect(await policies()).toHaveLength(1);
  });

  it('is not entered with the signature of another', async () => {
    const {signed} = await sign(adam, {...gates(lax), ...people});
    const other = await policy({...gates({...gate, limit: 0.1}), ...people});
    await expect(enterPolicy(project.context.stores, other, {actor: 'adam', signed})).rejects.toMatchObject({
      message: expect.stringContaining('its signature is for another policy') as string,
    });
  });

  it('one that was written past all checks does not come into force, and is a break of the chain', async () => {
    const next = await policy({...gates(gate), ...escalated});
    const {history} = await readAccess(project.context.stores, 'post');
    await project.context.stores.audit('post').append({
      kind: 'policy',
      actor: 'eve',
      data: {
        changes: [],
        former: history.digest,
        policy: policyDigest(next),
        gates: digestOf(next.gauntlet),
        document: next,
      },
    });
    expect((await readAccess(project.context.stores, 'post')).history.digest).toBe(history.digest);
    expect((await verifyAudit(project.context.stores, 'post')).breaks).toMatchObject([
      {reason: 'its policy is not signed, though the one before names an admin'},
    ]);
  });
});
