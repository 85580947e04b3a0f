import {spawn} from 'node:child_process';
import {readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import path from 'node:path';
import {describe, expect, test, vi} from 'vitest';
import {RunsClient} from '../../client/index.ts';
import {cancelRun, connectTemporal, newRunId, startRun} from '../../runs/index.ts';
import type {LifecycleResult} from '../../schemas/lifecycle.ts';
import type {LifecycleInput} from '../../schemas/stage.ts';
import {stackPaths, writeStack} from '../../stack/stack-file.ts';
import {MAIN} from './cli.ts';
import {commandBed} from './command-bed.ts';
import {stackOf} from './stack-of.ts';
import {until} from './until.ts';
import {end} from './workflows/lifecycle.ts';

const bed = commandBed();

describe('run', () => {
  const lifecycle = (id: string) =>
    bed.workers.client.workflow.getHandle<(input: LifecycleInput) => Promise<LifecycleResult>>(id);
  const started = async () => (await bed.ratchet('run', '--detach')).stdout.trim();

  test('--detach prints the run; what it was started with names settings by reference, and no key or text', async () => {
    const id = await started();
    expect(id).toMatch(new RegExp(`^lifecycle/${bed.name}/\\d{8}T\\d{6}Z-[a-z0-9]{6}$`));
    const {history} = await bed.workers.client.workflowService.getWorkflowExecutionHistory({
      namespace: 'default',
      execution: {workflowId: id},
    });
    const payload = history!.events![0]!.workflowExecutionStartedEventAttributes!.input!.payloads![0]!;
    const input = JSON.parse(Buffer.from(payload.data!).toString()) as LifecycleInput;
    expect(input).toMatchObject({
      project: bed.name,
      startedBy: expect.stringMatching(/./),
      feedbackCut: null,
      reason: 'hand',
    });
    expect(await bed.there.stores.artifacts.exists(input.resolved)).toBe(true);
    const rowKey = readFileSync(path.join(bed.folder, '.ratchet', 'project.key'), 'utf8').trim();
    expect(JSON.stringify(input)).not.toContain(rowKey);
    await lifecycle(id).terminate();
  });

  test('says before it starts what it will take, in the words and numbers of validate', async () => {
    const model = process.env['RATCHET_MODEL'];
    const env = {RATCHET_MODEL: model};
    const rows = Array.from({length: 60}, (_, i) => ({
      id: `${i}`,
      body: `letter ${i * 7919} about ${i * 104_729}`,
      label: i % 2 ? 'good' : 'bad',
    }));
    writeFileSync(path.join(bed.folder, 'letters.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
    const {stdout, stderr} = await bed.user.ratchet(['run', '--detach', '--json'], {from: bed.folder, env});
    const begun = JSON.parse(stdout) as {run: string; estimate: {cost: number; kWh: number; gCO2e: number}};
    expect(begun).toMatchObject({run: expect.stringMatching(/^lifecycle/), status: 'detached'});
    const valid = await bed.user.ratchet(['validate', '--json'], {from: bed.folder, env});
    expect(begun.estimate).toEqual((JSON.parse(valid.stdout) as {estimate: unknown}).estimate);
    const told = /^a whole run, roughly: (.*)$/m.exec(stderr)?.[1];
    expect((await bed.user.ratchet(['validate'], {from: bed.folder, env})).stdout).toContain(told);
    expect(told).toMatch(/ USD, [\d.]+ m?Wh and [\d.]+ m?g CO₂e \(two idle cores/);
    await lifecycle(begun.run).terminate();
  });

  test('starts all the same where the model cannot be read here, and says so', async () => {
    const {stdout, stderr} = await bed.ratchet('run', '--detach', '--json');
    expect(stderr).toMatch(/^no estimate: the base model.s file cannot be read as GGUF/m);
    const begun = JSON.parse(stdout) as {run: string};
    expect(begun).toEqual({run: expect.any(String), status: 'detached', estimate: null});
    await lifecycle(begun.run).terminate();
  });

  test.each([
    ['of other code says so, and starts there all the same', 'former', 1],
    ['of this code says nothing of it', 'here', 0],
  ])('on a stack that is up %s', async (_, build, times) => {
    writeStack(bed.folder, stackOf(bed.folder, bed.name, {build}));
    try {
      const env = {RATCHET_BUILD_ID: 'here'};
      const {stdout, stderr} = await bed.user.ratchet(['run', '--detach'], {from: bed.folder, env});
      const line = `the stack of ${bed.name} runs build former, and here is here: it keeps running as it is; \`ratchet up ${bed.name}\` moves it`;
      expect(stderr.split('\n').filter((one) => one.startsWith('the stack of'))).toEqual(
        Array.from({length: times}, () => line),
      );
      await lifecycle(stdout.trim()).terminate();
    } finally {
      rmSync(stackPaths(bed.folder).state);
    }
  });

  test('--from a stage says nothing of what a whole run would take', async () => {
    const {code, stderr} = await bed.ratchet('run', '--from', 'train');
    expect(code).toBe(2);
    expect(stderr).toMatch(/--from train: no run of \S+ has finished curate yet/);
    expect(stderr).not.toMatch(/estimate|a whole run, roughly/);
  });

  test('follows to the end, and ends with 0 for a promotion', async () => {
    const id = await started();
    const watching = bed.ratchet('watch', id);
    await lifecycle(id).signal(end, {result: bed.resultOf('promoted', id)});
    const {code, stdout, stderr} = await watching;
    expect(code).toBe(0);
    expect(stderr).toContain('curate: cached, as before\n');
    expect(stderr).toContain('train: done');
    expect(stdout).toContain('promoted: it is promoted');
    expect(stdout).toContain(`release  ${bed.there.candidate.digest}`);
  });

  test('a promotion is told when the gateway answers by it', async () => {
    const {seq} = (await bed.there.stores.pointers.read(bed.name))!;
    const looks = [seq - 1, seq - 1, seq];
    const admin = createServer((_, answer) => {
      answer.end(JSON.stringify({status: 'ok', deployment: {seq: looks.shift()}, refused: null}));
    });
    await new Promise<void>((resolve) => admin.listen(0, '127.0.0.1', resolve));
    const {port} = admin.address() as AddressInfo;
    writeStack(
      bed.folder,
      stackOf(bed.folder, bed.name, {gateway: 'http://127.0.0.1:8080', admin: `http://127.0.0.1:${port}`}),
    );
    try {
      const id = await started();
      await lifecycle(id).signal(end, {result: bed.resultOf('promoted', id)});
      const {stdout} = await bed.ratchet('watch', id);
      expect(stdout).toMatch(/^answers {2}at http:\/\/127\.0\.0\.1:8080\/v1, as model /m);
      expect(looks).toEqual([]);
    } finally {
      rmSync(stackPaths(bed.folder).state);
      admin.close();
    }
  });

  test.each(['refused', 'inconclusive', 'rejected', 'expired', 'fell_back'] as const)(
    '%s ends with 1',
    async (status) => {
      const id = await started();
      await lifecycle(id).signal(end, {result: bed.resultOf(status, id)});
      const {code, stdout} = await bed.ratchet('watch', id, '--json');
      expect(code).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({run: id, status: 'done', result: {status}});
    },
  );

  test('a run that failed says why in one line, and ends with 1', async () => {
    const id = await started();
    await lifecycle(id).signal(end, {failure: 'source letters holds no row: letters.jsonl is empty'});
    const {code, stderr} = await bed.ratchet('watch', id);
    expect(code).toBe(1);
    expect(stderr).toContain('failed: source letters holds no row: letters.jsonl is empty\n');
  });

  test('Ctrl-C leaves it running and says how to come back', async () => {
    const child = spawn(process.execPath, [MAIN, 'run'], {
      cwd: bed.folder,
      env: bed.user.env,
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
    expect(await bed.ratchet('cancel', id)).toMatchObject({code: 0, stdout: `${id} is cancelled\n`});
    expect(await bed.ratchet('cancel', id)).toMatchObject({code: 0, stdout: `${id} is cancelled\n`});
    const {code, stderr} = await bed.ratchet('watch', id);
    expect({code, cancelled: stderr.includes('cancelled: ')}).toEqual({code: 1, cancelled: true});
    const other = await started();
    await lifecycle(other).signal(end, {result: bed.resultOf('promoted', other)});
    await lifecycle(other).result();
    expect(await bed.ratchet('cancel', other)).toMatchObject({
      code: 1,
      stdout: `${other} was not cancelled: it is completed\n`,
    });
  });

  test('an application starts one once, follows it, and cancels it', async () => {
    for (const name of ['TEMPORAL_ADDRESS', 'XDG_CONFIG_HOME', 'RATCHET_MODEL'])
      vi.stubEnv(name, bed.user.env[name]);
    const client = await connectTemporal(bed.folder);
    try {
      const run = newRunId(bed.name);
      const calls = [1, 2].map(() => startRun(bed.folder, {client, run, key: 'anna'}));
      const status = (await Promise.all(calls)).map((call) => call.status);
      expect(status.sort()).toEqual(['already_started', 'started']);
      for await (const {stages} of new RunsClient({client}).follow(run)) {
        expect(stages[1]).toMatchObject({stage: 'train', progress: {done: 3, total: 8, unit: 'steps'}});
        break;
      }
      expect(await cancelRun(bed.folder, run, {client, key: 'anna'})).toBe('CANCELLED');
      expect((await bed.ratchet('watch', run)).stderr).toContain('cancelled: ');
    } finally {
      await client.connection.close();
      vi.unstubAllEnvs();
    }
  });

  test('one that Temporal does not know', async () => {
    const id = `lifecycle/${bed.name}/20030101T000000Z-aaaaaa`;
    const line = `ratchet: Temporal knows no run "${id}": \`ratchet runs\` lists them`;
    expect(await bed.refused(2, 'watch', id)).toBe(line);
    expect(await bed.refused(2, 'cancel', id)).toBe(line);
  });
});
