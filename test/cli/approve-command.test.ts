import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {defineSearchAttributeKey} from '@temporalio/common';
import {describe, expect, test} from 'vitest';
import type {ApprovalInput, ApprovalResult} from '../../schemas/approval.ts';
import type {ApprovalStanding} from '../../schemas/messages.ts';
import {approvalWorkflowId} from '../../schemas/names.ts';
import {readProjectFile} from '../../stack/project-file.ts';
import {time} from '../../cli/show.ts';
import {as, person} from '../people.ts';
import {commandBed} from './command-bed.ts';
import {projectYaml} from './project-yaml.ts';
import {readOnly, Visitor} from '../ui/site.ts';
import {until} from './until.ts';

const bed = commandBed();

describe('approve and reject', () => {
  async function ask(
    change: Partial<ApprovalInput> = {},
    taskQueue = bed.workers.queue,
  ): Promise<ReturnType<typeof handleOf>> {
    const runId = `lifecycle/${bed.name}/${Math.random()}`;
    const input: ApprovalInput = {
      project: bed.name,
      runId,
      digests: {
        release: bed.there.candidate.digest,
        dataset: bed.there.dataset.digest,
        report: bed.there.report,
      },
      verdict: 'pass',
      startedBy: 'otto',
      starterKey: '',
      required: 1,
      starterMayApprove: false,
      timeoutMs: 600_000,
      reminderMs: 600_000,
      ...change,
    };
    await bed.workers.client.workflow.start('approval', {
      workflowId: approvalWorkflowId(runId),
      taskQueue,
      args: [input],
      // What the workflow sets itself, once a worker takes it.
      typedSearchAttributes: [
        {key: defineSearchAttributeKey('RatchetProject', 'KEYWORD'), value: input.project},
      ],
    });
    // Visibility lags behind by a moment.
    await until('the approval to be listed', async () => {
      const query = `WorkflowType = 'approval' AND ExecutionStatus = 'Running' AND RatchetProject = '${input.project}'`;
      return (await bed.workers.client.workflow.count(query)).count > 0;
    });
    return handleOf(runId);
  }
  const handleOf = (runId: string) =>
    bed.workers.client.workflow.getHandle<(input: ApprovalInput) => Promise<ApprovalResult>>(
      approvalWorkflowId(runId),
    );
  const prefix = () => bed.there.candidate.digest.slice(0, 8);
  const gone = () =>
    until('no approval to be listed', async () => {
      const query = `WorkflowType = 'approval' AND ExecutionStatus = 'Running' AND RatchetProject = '${bed.name}'`;
      return (await bed.workers.client.workflow.count(query)).count === 0;
    });

  test('the approvals page shows the same digests, the execution that a decision names, and who is missing', async () => {
    const handle = await ask();
    const {runId} = await handle.describe();
    const {candidate, dataset, report} = bed.there;
    const project = {
      config: readProjectFile(path.join(bed.folder, 'ratchet.yaml')).config,
      folder: bed.folder,
      command: 'npx ratchet',
      stores: readOnly(bed.there.stores),
      temporal: () => Promise.resolve(bed.workers.client),
    };
    const browser = await new Visitor({[bed.name]: project}).enter();
    const {status, text} = await browser.get(`/${bed.name}/approvals`);
    expect(status).toBe(200);
    expect(text).toContain(
      `release ${candidate.digest} dataset ${dataset.digest} report ${report} run, of the approval ${runId}`,
    );
    expect(text).toContain('waits 1 more of anna');
    expect(text).not.toContain('Temporal does not answer');
    await handle.terminate();
    await gone();
  });

  test('shows what is signed, signs it with the key the project knows, and counts', async () => {
    const handle = await ask();
    const waiting = await bed.ratchet('approvals', '--json');
    expect(JSON.parse(waiting.stdout)).toMatchObject([
      {
        project: bed.name,
        release: bed.there.candidate.digest,
        startedBy: 'otto',
        decisions: [],
        needed: [{of: null, have: 0, need: 1, missing: 1, from: ['anna']}],
      },
    ]);
    // What nobody is asked about is named, or not signed.
    for (const call of [['approve', bed.name], ['approve'], ['approve', bed.name, '--yes']])
      expect(await bed.refused(2, ...call)).toContain(
        `name the release, since nobody is asked here: ${bed.there.candidate.digest.slice(0, 12)} waits (verdict pass, run `,
      );
    const {code, stdout, stderr} = await bed.ratchet('approve', prefix(), '--comment', 'read it');
    expect({code, stdout}, stderr).toEqual({
      code: 0,
      stdout: `counted: release ${bed.there.candidate.digest.slice(0, 12)} is approved\n`,
    });
    for (const shown of [
      bed.there.candidate.digest,
      bed.there.dataset.digest,
      bed.there.report,
      'verdict  pass',
      'started by otto',
    ])
      expect(stderr).toContain(shown);
    expect(stderr).toMatch(/triage_balanced_accuracy +pass +required +at least 0\.80, the limit is 0\.50/);
    const result = await handle.result();
    expect(result).toMatchObject({
      status: 'approved',
      decisions: [{action: 'approve', by: 'anna', comment: 'read it'}],
    });
    await gone();
    expect(await bed.refused(2, 'approve', prefix())).toContain(
      `no approval of release ${bed.there.candidate.digest.slice(0, 12)} waits`,
    );
  });

  test('approvals says of each group whose word is missing, who may decide later, and who in whose place', async () => {
    const handle = await ask({
      quorum: [
        {of: ['ben', 'carl'], required: 1},
        {of: ['ben', 'carl'], required: 1},
        {of: ['anna', 'ben'], required: 1},
      ],
      escalation: [{afterMs: 500_000, to: ['carl']}],
    });
    const yaml = path.join(bed.folder, 'ratchet.yaml');
    const before = readFileSync(yaml, 'utf8');
    const people = [person('ben'), person('carl')].map(
      (one) => `    - {name: ${one.name}, key: '${as(one, 'approver').key}', roles: [approver]}`,
    );
    writeFileSync(
      yaml,
      before.replace(/^ {4}- \{name: anna.*$/m, (anna) => [anna, ...people].join('\n')),
    );
    try {
      const delegated = await bed.ratchet('delegate', '--to', 'carl', '--until', '2036-01-01', '--json');
      expect(delegated.code, delegated.stderr).toBe(0);
      expect((await bed.ratchet('approve', prefix(), '--yes')).stdout).toMatch(
        /^counted: 1 of 1 approvals of release [0-9a-f]{12}; it still waits, `ratchet approvals` shows for whom\n$/,
      );
      const {stdout} = await bed.ratchet('approvals');
      const [head, ...lines] = stdout.trimEnd().split('\n');
      const left = head!.indexOf('waits for');
      const {since, decisions} = (
        JSON.parse((await bed.ratchet('approvals', '--json')).stdout) as [ApprovalStanding]
      )[0];
      expect(lines.map((line) => line.slice(left))).toEqual([
        '1 more of ben, carl',
        `anna approved ${time(decisions[0]!.at)}`,
        `escalates ${time(new Date(Date.parse(since) + 500_000).toISOString())} to carl`,
        'carl may decide for anna until 2036-01-02 00:00:00Z',
      ]);
      expect(lines[0]).toContain(`${bed.name}  ${bed.there.candidate.digest.slice(0, 12)}  `);
    } finally {
      writeFileSync(yaml, before);
      await handle.terminate();
      await gone();
    }
  });

  test('approvals goes by the policy in force, whatever the ratchet.yaml says', async () => {
    const project = `${bed.name}-signed`;
    const own = bed.user.folder(project);
    const adam = JSON.parse((await bed.user.ratchet(['keys', 'create', 'adam', '--json'])).stdout) as {
      public: string;
    };
    const people = (...approvers: string[]) => {
      const lines = [
        `{name: adam, key: '${adam.public}', roles: [admin]}`,
        ...approvers.map((one) => `{name: ${one}, key: '${person(one).key}', roles: [approver]}`),
      ].map((line) => `    - ${line}`);
      const approval = `approval:\n  approvers:\n${lines.join('\n')}`;
      writeFileSync(path.join(own, 'ratchet.yaml'), projectYaml(project, {approval}));
    };
    people('ben');
    const signed = await bed.user.ratchet(['policy', 'sign', '--key', 'adam', '--yes'], {from: own});
    expect(signed.code, signed.stderr).toBe(0);
    people('ben', 'carl');
    const handle = await ask({project});
    const {stdout} = await bed.user.ratchet(['approvals', '--json'], {from: own});
    expect(JSON.parse(stdout)).toMatchObject([{project, needed: [{missing: 1, from: ['ben']}]}]);
    await handle.terminate();
  });

  test('approvals lists what it can where no worker answers, and says so in one line', async () => {
    const handle = await ask({}, `${bed.name}-nobody`);
    const {code, stdout, stderr} = await bed.ratchet('approvals', '--json');
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([
      {release: bed.there.candidate.digest, startedBy: 'otto', decisions: null, needed: null},
    ]);
    expect(stderr).toBe(
      `${bed.name}: the approval of release ${bed.there.candidate.digest.slice(0, 12)} does not say whom it waits for: ` +
        'no workflow worker answers; `ratchet up` starts one\n',
    );
    const shown = await bed.ratchet('approvals');
    expect(shown.stdout, shown.stderr).toMatch(/ +not known\n$/);
    await handle.terminate();
    await gone();
  });

  test('a key the project does not know is refused: 1, and nothing moves', async () => {
    const handle = await ask();
    const {code, stdout, stderr} = await bed.ratchet('approve', prefix(), '--key', 'mallory');
    expect({code, stdout}).toEqual({code: 1, stdout: ''});
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(/^ratchet: refused: .*key/);
    expect((await handle.describe()).status.name).toBe('RUNNING');
    await handle.terminate();
    await gone();
  });

  test('a rejection needs a comment, and ends the approval', async () => {
    const handle = await ask();
    const bare = await bed.ratchet('reject', prefix());
    expect(bare.code).toBe(2);
    expect(bare.stderr).toContain('ratchet: a rejection needs a reason: --comment "…"');
    const {code, stdout} = await bed.ratchet('reject', prefix(), '--comment', 'subjects got worse', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({status: 'counted', outcome: 'rejected'});
    expect(await handle.result()).toMatchObject({status: 'rejected', comment: 'subjects got worse'});
    await gone();
  });
});
