import {spawn} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {defineSearchAttributeKey} from '@temporalio/common';
import {bundleWorkflowCode, DefaultLogger} from '@temporalio/worker';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import * as accessActivities from '../../activities/access/activities.ts';
import * as approvalActivities from '../../activities/approval/decide.ts';
import type {ActivityContext} from '../../activities/context.ts';
import type {ApprovalInput, ApprovalResult} from '../../schemas/approval.ts';
import type {ApprovalStanding} from '../../schemas/messages.ts';
import type {RolloutInput, RolloutResult} from '../../schemas/deployment.ts';
import type {LifecycleResult} from '../../schemas/lifecycle.ts';
import {approvalWorkflowId, rolloutWorkflowId} from '../../schemas/names.ts';
import type {LifecycleInput} from '../../schemas/stage.ts';
import {time} from '../../scripts/cli/show.ts';
import {as, person} from '../people.ts';
import {temporalAddress} from '../setup/services.ts';
import {registered} from '../workflows/project-of.ts';
import {newProject, startWorkers} from '../workflows/workers-of.ts';
import type {TestWorkers} from '../workflows/workers-of.ts';
import {MAIN, User} from './cli.ts';
import {prepare} from './prepared-store.ts';
import type {Prepared} from './prepared-store.ts';
import {projectYaml} from './project-yaml.ts';
import {until} from './until.ts';
import {end} from './workflows/lifecycle.ts';

let user: User;
let folder: string;
let name: string;
let there: Prepared;
let workers: TestWorkers;
/** What the person's rollout was told, by the activity that audits it. */
const acts: unknown[] = [];

beforeAll(async () => {
  name = newProject();
  user = new User({TEMPORAL_ADDRESS: temporalAddress()});
  folder = user.folder(name);
  const anna = await user.ratchet(['keys', 'create', 'anna', '--json']);
  const key = (JSON.parse(anna.stdout) as {public: string}).public;
  await user.ratchet(['keys', 'create', 'mallory']);
  const approval = `approval:\n  approvers:\n    - {name: anna, key: '${key}', roles: [approver]}`;
  writeFileSync(path.join(folder, 'ratchet.yaml'), projectYaml(name, {approval}));
  writeFileSync(path.join(folder, 'model.gguf'), 'weights');
  user.env['RATCHET_MODEL'] = path.join(folder, 'model.gguf');
  there = await prepare(pathToFileURL(path.join(folder, '.ratchet', 'store')).href, name);
  const context: ActivityContext = {
    ...{project: name, folder, file: path.join(folder, 'ratchet.yaml'), stores: there.stores, engines: []},
    ...{rowKey: new Uint8Array(32), adapterFolder: folder, jobFolder: folder},
    client: () => Promise.reject(new Error('this test has no client')),
    environment: {trainer: '', trainerThreads: 1},
  };
  workers = await startWorkers({
    project: name,
    bundle: await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('./workflows/index.ts', import.meta.url)),
      logger: new DefaultLogger('WARN'),
    }),
    // The approval's own activities; of the rollout only the outside of them, since its pointers are not what is tested.
    activities: () => ({
      ...registered(accessActivities, context),
      ...registered(approvalActivities, context),
      openRollout: async () => ({status: 'open', seq: 1, at: new Date().toISOString()}),
      prepareEngines: async () => ({model: 'post@0', engines: 1}),
      rolloutStands: async () => ({status: 'stands'}),
      recordAct: async (act: unknown) => void acts.push(act),
      promote: async () => ({status: 'moved', seq: 2, at: new Date().toISOString()}),
      fallBack: async () => ({}),
    }),
  });
}, 180_000);

afterAll(async () => {
  await workers.stop();
});

const ratchet = (...args: string[]) => user.ratchet(args, {from: folder});
async function refused(code: number, ...args: string[]): Promise<string> {
  const answer = await ratchet(...args);
  expect({code: answer.code, stdout: answer.stdout}, answer.stderr).toEqual({code, stdout: ''});
  return answer.stderr.trimEnd();
}

function resultOf(status: LifecycleResult['status'], run: string): LifecycleResult {
  const ref = there.run.report!;
  const {candidate, base, dataset} = there;
  return {
    status,
    run,
    reason: `it is ${status}`,
    data: {
      dataset: dataset.digest,
      manifest: ref,
      rowsIn: 7,
      rowsKept: 5,
      drops: {},
      processed: 7,
      reused: 0,
    },
    release: candidate.digest,
    parent: base.digest,
    stable: base.digest,
    gauntlet: {
      release: candidate.digest,
      stable: base.digest,
      verdict: 'pass',
      report: ref,
      html: ref,
      markdown: ref,
      modelCard: ref,
    },
    approval: null,
    rollout: null,
    cached: ['curate'],
    seconds: {},
  };
}

describe('run', () => {
  const lifecycle = (id: string) =>
    workers.client.workflow.getHandle<(input: LifecycleInput) => Promise<LifecycleResult>>(id);
  const started = async () => (await ratchet('run', '--detach')).stdout.trim();

  test('--detach prints the run; what it was started with names settings by reference, and no key or text', async () => {
    const id = await started();
    expect(id).toMatch(new RegExp(`^lifecycle/${name}/\\d{8}T\\d{6}Z-[a-z0-9]{6}$`));
    const {history} = await workers.client.workflowService.getWorkflowExecutionHistory({
      namespace: 'default',
      execution: {workflowId: id},
    });
    const payload = history!.events![0]!.workflowExecutionStartedEventAttributes!.input!.payloads![0]!;
    const input = JSON.parse(Buffer.from(payload.data!).toString()) as LifecycleInput;
    expect(input).toMatchObject({
      project: name,
      startedBy: expect.stringMatching(/./),
      feedbackCut: null,
      reason: 'hand',
    });
    expect(await there.stores.artifacts.exists(input.resolved)).toBe(true);
    const rowKey = readFileSync(path.join(folder, '.ratchet', 'project.key'), 'utf8').trim();
    expect(JSON.stringify(input)).not.toContain(rowKey);
    await lifecycle(id).terminate();
  });

  test('says before it starts what it will take, in the words and numbers of validate', async () => {
    const model = process.env['RATCHET_MODEL'];
    const env = {RATCHET_MODEL: model};
    const rows = Array.from({length: 60}, (_, i) => ({
      ...{id: `${i}`, body: `letter ${i * 7919} about ${i * 104_729}`},
      label: i % 2 ? 'good' : 'bad',
    }));
    writeFileSync(path.join(folder, 'letters.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
    const {stdout, stderr} = await user.ratchet(['run', '--detach', '--json'], {from: folder, env});
    const begun = JSON.parse(stdout) as {run: string; estimate: {cost: number; kWh: number; gCO2e: number}};
    expect(begun).toMatchObject({run: expect.stringMatching(/^lifecycle/), status: 'detached'});
    const valid = await user.ratchet(['validate', '--json'], {from: folder, env});
    expect(begun.estimate).toEqual((JSON.parse(valid.stdout) as {estimate: unknown}).estimate);
    const told = /^a whole run, roughly: (.*)$/m.exec(stderr)?.[1];
    expect((await user.ratchet(['validate'], {from: folder, env})).stdout).toContain(told);
    expect(told).toMatch(/ USD, [\d.]+ kWh and [\d.]+ g CO₂e \(two idle cores/);
    await lifecycle(begun.run).terminate();
  });

  test('starts all the same where the model cannot be read here, and says so', async () => {
    const {stdout, stderr} = await ratchet('run', '--detach', '--json');
    expect(stderr).toMatch(/^no estimate: the base model.s file cannot be read as GGUF/m);
    const begun = JSON.parse(stdout) as {run: string};
    expect(begun).toEqual({run: expect.any(String), status: 'detached', estimate: null});
    await lifecycle(begun.run).terminate();
  });

  test('--from a stage says nothing of what a whole run would take', async () => {
    const {code, stderr} = await ratchet('run', '--from', 'train');
    expect(code).toBe(2);
    expect(stderr).toMatch(/--from train: no run of \S+ has finished curate yet/);
    expect(stderr).not.toMatch(/estimate|a whole run, roughly/);
  });

  test('follows to the end, and ends with 0 for a promotion', async () => {
    const id = await started();
    const watching = ratchet('watch', id);
    await lifecycle(id).signal(end, {result: resultOf('promoted', id)});
    const {code, stdout, stderr} = await watching;
    expect(code).toBe(0);
    expect(stderr).toContain('curate: cached, as before\n');
    expect(stderr).toContain('train: done');
    expect(stdout).toContain('promoted: it is promoted');
    expect(stdout).toContain(`release  ${there.candidate.digest}`);
  });

  test.each(['refused', 'inconclusive', 'rejected', 'expired', 'fell_back'] as const)(
    '%s ends with 1',
    async (status) => {
      const id = await started();
      await lifecycle(id).signal(end, {result: resultOf(status, id)});
      const {code, stdout} = await ratchet('watch', id, '--json');
      expect(code).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({run: id, status: 'done', result: {status}});
    },
  );

  test('a run that failed says why in one line, and ends with 1', async () => {
    const id = await started();
    await lifecycle(id).signal(end, {failure: 'source letters holds no row: letters.jsonl is empty'});
    const {code, stderr} = await ratchet('watch', id);
    expect(code).toBe(1);
    expect(stderr).toContain('failed: source letters holds no row: letters.jsonl is empty\n');
  });

  test('Ctrl-C leaves it running and says how to come back', async () => {
    const child = spawn(process.execPath, [MAIN, 'run'], {
      cwd: folder,
      env: user.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await until('progress', () => said.includes('train: 3 of 8 steps'));
    child.kill('SIGINT');
    const code = await new Promise((resolve) => child.once('close', resolve));
    const id = /ratchet watch (lifecycle\/\S+)/.exec(said)?.[1];
    expect({code, id}).toEqual({code: 0, id: expect.any(String)});
    expect((await lifecycle(id!).describe()).status.name).toBe('RUNNING');
    await lifecycle(id!).terminate();
  });

  test('cancel cancels it; a second time it is cancelled already; one that has ended is not', async () => {
    const id = await started();
    expect(await ratchet('cancel', id)).toMatchObject({code: 0, stdout: `${id} is cancelled\n`});
    expect(await ratchet('cancel', id)).toMatchObject({code: 0, stdout: `${id} is cancelled\n`});
    const {code, stderr} = await ratchet('watch', id);
    expect({code, cancelled: stderr.includes('cancelled: ')}).toEqual({code: 1, cancelled: true});
    const other = await started();
    await lifecycle(other).signal(end, {result: resultOf('promoted', other)});
    await lifecycle(other).result();
    expect(await ratchet('cancel', other)).toMatchObject({
      code: 1,
      stdout: `${other} was not cancelled: it is completed\n`,
    });
  });

  test('one that Temporal does not know', async () => {
    const id = `lifecycle/${name}/20030101T000000Z-aaaaaa`;
    const line = `ratchet: Temporal knows no run "${id}": \`ratchet runs\` lists them`;
    expect(await refused(2, 'watch', id)).toBe(line);
    expect(await refused(2, 'cancel', id)).toBe(line);
  });
});

describe('approve and reject', () => {
  async function ask(
    change: Partial<ApprovalInput> = {},
    taskQueue = workers.queue,
  ): Promise<ReturnType<typeof handleOf>> {
    const runId = `lifecycle/${name}/${Math.random()}`;
    const input: ApprovalInput = {
      project: name,
      runId,
      digests: {release: there.candidate.digest, dataset: there.dataset.digest, report: there.report},
      verdict: 'pass',
      startedBy: 'otto',
      starterKey: '',
      required: 1,
      starterMayApprove: false,
      timeoutMs: 600_000,
      reminderMs: 600_000,
      ...change,
    };
    await workers.client.workflow.start('approval', {
      workflowId: approvalWorkflowId(runId),
      ...{taskQueue, args: [input]},
      // What the workflow sets itself, once a worker takes it.
      typedSearchAttributes: [
        {key: defineSearchAttributeKey('RatchetProject', 'KEYWORD'), value: input.project},
      ],
    });
    // Visibility lags behind by a moment.
    await until('the approval to be listed', async () => {
      const query = `WorkflowType = 'approval' AND ExecutionStatus = 'Running' AND RatchetProject = '${input.project}'`;
      return (await workers.client.workflow.count(query)).count > 0;
    });
    return handleOf(runId);
  }
  const handleOf = (runId: string) =>
    workers.client.workflow.getHandle<(input: ApprovalInput) => Promise<ApprovalResult>>(
      approvalWorkflowId(runId),
    );
  const prefix = () => there.candidate.digest.slice(0, 8);
  const gone = () =>
    until('no approval to be listed', async () => {
      const query = `WorkflowType = 'approval' AND ExecutionStatus = 'Running' AND RatchetProject = '${name}'`;
      return (await workers.client.workflow.count(query)).count === 0;
    });

  test('shows what is signed, signs it with the key the project knows, and counts', async () => {
    const handle = await ask();
    const waiting = await ratchet('approvals', '--json');
    expect(JSON.parse(waiting.stdout)).toMatchObject([
      {
        project: name,
        release: there.candidate.digest,
        startedBy: 'otto',
        decisions: [],
        needed: [{of: null, have: 0, need: 1, missing: 1, from: ['anna']}],
      },
    ]);
    const {code, stdout, stderr} = await ratchet('approve', prefix(), '--comment', 'read it');
    expect({code, stdout}, stderr).toEqual({
      code: 0,
      stdout: `counted: release ${there.candidate.digest.slice(0, 12)} is approved\n`,
    });
    for (const shown of [
      there.candidate.digest,
      there.dataset.digest,
      there.report,
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
    expect(await refused(2, 'approve', prefix())).toContain(
      `no approval of release ${there.candidate.digest.slice(0, 12)} waits`,
    );
  });

  test('approvals says of each group whose word is missing, who may decide later, and who in whose place', async () => {
    const handle = await ask({
      quorum: [
        {of: ['ben', 'carl'], required: 1},
        {of: ['anna', 'ben'], required: 1},
      ],
      escalation: [{afterMs: 500_000, to: ['carl']}],
    });
    const yaml = path.join(folder, 'ratchet.yaml');
    const before = readFileSync(yaml, 'utf8');
    const people = [person('ben'), person('carl')].map(
      (one) => `    - {name: ${one.name}, key: '${as(one, 'approver').key}', roles: [approver]}`,
    );
    writeFileSync(
      yaml,
      before.replace(/^ {4}- \{name: anna.*$/m, (anna) => [anna, ...people].join('\n')),
    );
    try {
      const delegated = await ratchet('delegate', '--to', 'carl', '--until', '2036-01-01', '--json');
      expect(delegated.code, delegated.stderr).toBe(0);
      expect((await ratchet('approve', prefix(), '--yes')).stdout).toMatch(/^counted: /);
      const {stdout} = await ratchet('approvals');
      const [head, ...lines] = stdout.trimEnd().split('\n');
      const left = head!.indexOf('waits for');
      const {since, decisions} = (
        JSON.parse((await ratchet('approvals', '--json')).stdout) as [ApprovalStanding]
      )[0];
      expect(lines.map((line) => line.slice(left))).toEqual([
        '1 more of ben, carl',
        `anna approved ${time(decisions[0]!.at)}`,
        `escalates ${time(new Date(Date.parse(since) + 500_000).toISOString())} to carl`,
        'carl may decide in the place of anna until 2036-01-02 00:00:00Z',
      ]);
      expect(lines[0]).toContain(`${name}  ${there.candidate.digest.slice(0, 12)}  `);
    } finally {
      writeFileSync(yaml, before);
      await handle.terminate();
      await gone();
    }
  });

  test('approvals goes by the policy in force, whatever the ratchet.yaml says', async () => {
    const project = `${name}-signed`;
    const own = user.folder(project);
    const adam = JSON.parse((await user.ratchet(['keys', 'create', 'adam', '--json'])).stdout) as {
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
    const signed = await user.ratchet(['policy', 'sign', '--key', 'adam', '--yes'], {from: own});
    expect(signed.code, signed.stderr).toBe(0);
    people('ben', 'carl');
    const handle = await ask({project});
    const {stdout} = await user.ratchet(['approvals', '--json'], {from: own});
    expect(JSON.parse(stdout)).toMatchObject([{project, needed: [{missing: 1, from: ['ben']}]}]);
    await handle.terminate();
  });

  test('approvals lists what it can where no worker answers, and says so in one line', async () => {
    const handle = await ask({}, `${name}-nobody`);
    const {code, stdout, stderr} = await ratchet('approvals', '--json');
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([
      {release: there.candidate.digest, startedBy: 'otto', decisions: null, needed: null},
    ]);
    expect(stderr).toBe(
      `${name}: the approval of release ${there.candidate.digest.slice(0, 12)} does not say whom it waits for: ` +
        'no workflow worker answers; `ratchet up` starts one\n',
    );
    const shown = await ratchet('approvals');
    expect(shown.stdout, shown.stderr).toMatch(/ +not known\n$/);
    await handle.terminate();
    await gone();
  });

  test('a key the project does not know is refused: 1, and nothing moves', async () => {
    const handle = await ask();
    const {code, stdout, stderr} = await ratchet('approve', prefix(), '--key', 'mallory');
    expect({code, stdout}).toEqual({code: 1, stdout: ''});
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(/^ratchet: refused: .*key/);
    expect((await handle.describe()).status.name).toBe('RUNNING');
    await handle.terminate();
    await gone();
  });

  test('a rejection needs a comment, and ends the approval', async () => {
    const handle = await ask();
    const bare = await ratchet('reject', prefix());
    expect(bare.code).toBe(2);
    expect(bare.stderr).toContain('ratchet: a rejection needs a reason: --comment "…"');
    const {code, stdout} = await ratchet('reject', prefix(), '--comment', 'subjects got worse', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({status: 'counted', outcome: 'rejected'});
    expect(await handle.result()).toMatchObject({status: 'rejected', comment: 'subjects got worse'});
    await gone();
  });
});

describe('promote and abort', () => {
  async function waiting(): Promise<{handle: ReturnType<typeof handleOf>; release: string}> {
    const runId = `lifecycle/${name}/${Math.random()}`;
    const input = {
      project: name,
      runId,
      release: there.base.digest,
      stable: there.candidate.digest,
      steps: [{pause: {}}],
      startedBy: 'otto',
      proof: {},
    };
    await workers.client.workflow.start('rollout', {
      workflowId: rolloutWorkflowId(runId),
      taskQueue: workers.queue,
      args: [input as unknown as RolloutInput],
    });
    await until('the rollout to be listed', async () => {
      const query = `WorkflowType = 'rollout' AND ExecutionStatus = 'Running' AND RatchetProject = '${name}'`;
      return (await workers.client.workflow.count(query)).count > 0;
    });
    const handle = handleOf(runId);
    await until('it to wait for a person', async () =>
      (await handle.query<{note: string}>('progress')).note.startsWith('Waits'),
    );
    return {handle, release: there.base.digest};
  }
  const handleOf = (runId: string) =>
    workers.client.workflow.getHandle<(input: RolloutInput) => Promise<RolloutResult>>(
      rolloutWorkflowId(runId),
    );

  test('go on with, or end, the one rollout that waits', async () => {
    const {handle} = await waiting();
    const {code, stdout, stderr} = await ratchet('promote', '--comment', 'answers read', '--json');
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({act: 'promote', release: there.base.digest});
    expect(await handle.result()).toMatchObject({status: 'promoted'});
    expect(acts.at(-1)).toMatchObject({
      ...{act: 'promote', by: 'anna', comment: 'answers read'},
      signed: {payload: {act: 'promote', comment: 'answers read'}},
    });

    const second = await waiting();
    expect((await ratchet('abort', '--comment', 'slow')).code).toBe(0);
    expect(await second.handle.result()).toMatchObject({status: 'fell_back'});
  });

  test('nothing waits', async () => {
    await until('no rollout to be listed', async () => {
      const query = `WorkflowType = 'rollout' AND ExecutionStatus = 'Running' AND RatchetProject = '${name}'`;
      return (await workers.client.workflow.count(query)).count === 0;
    });
    expect(await refused(2, 'promote')).toBe(
      `ratchet: no rollout of ${name} is going on; see \`ratchet runs ${name}\``,
    );
  });
});

describe('schedule', () => {
  test('create, list, pause, resume, trigger, delete', async () => {
    const id = `schedule/${name}/retrain`;
    expect(await ratchet('schedule', 'create', '--every', '7 d')).toMatchObject({
      code: 0,
      stdout: `${id} is made\n`,
    });
    expect(await refused(2, 'schedule', 'create', '--every', '7 d')).toContain(`${id} is there already`);
    const listed = () =>
      until('the schedule to be listed', async () => {
        const {stdout} = await ratchet('schedule', 'list', '--json');
        return (JSON.parse(stdout) as {schedule: string; paused: boolean}[])[0];
      });
    expect(await listed()).toMatchObject({schedule: id, paused: false});
    const handle = workers.client.schedule.getHandle(id);
    expect((await handle.describe()).action).toMatchObject({
      workflowType: 'startRetrain',
      taskQueue: `ratchet/${name}/workflow`,
      args: [{project: name, reason: 'schedule', startedBy: 'schedule', starterKey: ''}],
    });
    expect(await ratchet('schedule', 'pause')).toMatchObject({code: 0, stdout: `${id} is paused\n`});
    expect((await handle.describe()).state.paused).toBe(true);
    expect((await ratchet('schedule', 'resume')).code).toBe(0);
    expect((await ratchet('schedule', 'trigger', '--json')).stdout).toContain('"status": "trigger"');
    expect(
      await until('the triggered action', async () => (await handle.describe()).info.recentActions[0]),
    ).toBeDefined();
    expect((await ratchet('schedule', 'delete')).code).toBe(0);
    expect(await refused(2, 'schedule', 'pause')).toContain(`no schedule ${id}`);
  });

  test.each([
    [[], 'when? Give either --every "7 d" or --cron "0 3 * * *"'],
    [['--every', '7 d', '--cron', '0 3 * * *'], 'when? Give either'],
    [
      ['--every', 'often'],
      '--every: expected a duration of at least a minute, as "12 h" or "7 d", got "often"',
    ],
    [['--cron', '* *'], '--cron: expected five fields (minute hour day month weekday), got "* *"'],
    [['--cron', '99 3 * * *'], 'Temporal refuses the schedule: '],
    [
      ['BAD', '--every', '7 d'],
      '"BAD" is no name of a schedule: expected up to 41 small letters, digits and dashes',
    ],
  ])('create %j cannot be used', async (args, line) => {
    expect(await refused(2, 'schedule', 'create', ...args)).toContain(line);
  });
});

test('nothing watches a project before its first promotion', async () => {
  expect(await refused(2, 'monitor', 'check')).toContain(`nothing watches ${name} yet`);
});

test('Temporal away: one line, and 1', async () => {
  const answer = await user.ratchet(['schedule', 'list'], {
    from: folder,
    env: {TEMPORAL_ADDRESS: '127.0.0.1:1'},
  });
  expect({code: answer.code, stdout: answer.stdout}).toEqual({code: 1, stdout: ''});
  expect(answer.stderr).toMatch(/^ratchet: Temporal at 127\.0\.0\.1:1 does not answer: [^\n]*\n$/);
});
