import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {link, mkdtemp, readFile, readdir, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {LocalProcess} from '../../../activities/train/local-process.ts';
import {runningJobs} from '../../../stack/jobs.ts';
import {identify} from '../../../host/process-identity.ts';
import {spec} from './fake-spec.ts';
import {fakeTrainer, python as realPython, ROOT} from './training-bed.ts';

let root: string;
let local: LocalProcess;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'ratchet-killed-'));
  local = new LocalProcess({root, python: fakeTrainer, trainer: root});
});
afterEach(async () => {
  await local.cancel('job', 0);
  await rm(root, {recursive: true, force: true});
});
const job = (name = '') => path.join(root, 'job', name);
/** Every trainer that ever came to be. */
const born = async () =>
  (await readdir(job())).flatMap((name) => (name.startsWith('born-') ? [Number(name.slice(5))] : []));
const live = async () => (await born()).filter((pid) => identify(pid) !== undefined);
/** Those that trained. */
const trained = async (): Promise<number[]> =>
  (await readFile(job('events.jsonl'), 'utf8').catch(() => ''))
    .split('\n')
    .flatMap((line) => (line.includes('"started"') ? [(JSON.parse(line) as {pid: number}).pid] : []));
const eventually = (ask: () => Promise<unknown>) => expect.poll(ask, {timeout: 40_000, interval: 20});

describe('a worker that is killed after it has started a trainer', () => {
  test.each([
    ['before it writes down which', 'writeFile', '^process\\.\\d+\\.part$'],
    ['before that is in its place', 'link', '^process-1\\.json$'],
    ['before the trainer is told to begin', 'rename', '^process\\.json$'],
  ])('%s: that trainer ends without having trained, and the next attempt has one', async (_, call, file) => {
    const script = path.join(import.meta.dirname, 'killed-worker.ts');
    const worker = spawn(process.execPath, [script, root, fakeTrainer, call, file], {stdio: 'inherit'});
    expect(await once(worker, 'exit')).toEqual([null, 'SIGKILL']);
    // As an activity does: whenever nothing runs, it starts it.
    const attempt = async () => {
      await local.start('job', spec(root));
      return (await trained()).length;
    };
    await eventually(attempt).toBe(1);
    await eventually(live).toEqual(await trained());
    await eventually(async () => (await born()).length).toBe(2);
    expect(await trained()).toHaveLength(1);
    expect(await local.status('job')).toEqual({state: 'running'});
    expect(runningJobs(root)).toMatchObject([{pid: (await trained())[0]}]);
  });

  test('after that: the next attempt finds it', async () => {
    await local.start('job', spec(root));
    await eventually(async () => (await trained()).length).toBe(1);
    await new LocalProcess({root, python: fakeTrainer, trainer: root}).start('job', spec(root));
    expect(await born()).toHaveLength(1);
  });
});

test('a worker that was frozen comes back late: its trainer ends, and the one that was started meanwhile stays', async () => {
  await local.start('job', spec(root));
  await eventually(async () => (await trained()).length).toBe(1);
  const [first] = await trained();
  process.kill(first!, 'SIGKILL');
  await eventually(live).toEqual([]);
  // It has seen that the first is gone; then, before it writes its own down, another worker does.
  const started = local.start('job', spec(root));
  await writeFile(job('other'), JSON.stringify(identify(process.pid)));
  await link(job('other'), job('process-2.json'));
  await started;
  await eventually(live).toEqual([]);
  expect(await trained()).toEqual([first]);
  expect(await local.status('job')).toEqual({state: 'running'});
  await rm(job('process-2.json'));
});

test('what is left of an earlier version is followed', async () => {
  await local.start('job', spec(root));
  await eventually(async () => (await trained()).length).toBe(1);
  await rm(job('process-1.json'));
  expect(await local.status('job')).toEqual({state: 'running'});
});

test('an old end does not count while a trainer runs', async () => {
  await local.start('job', spec(root));
  await eventually(async () => (await trained()).length).toBe(1);
  await writeFile(job('exit.json'), JSON.stringify({code: 1, type: 'TrainerFailed', message: 'of before'}));
  expect(await local.status('job')).toEqual({state: 'running'});
});

describe.skipIf(realPython === undefined)('the trainer itself', () => {
  const run = async (said: string | null) => {
    await writeFile(path.join(root, 'spec.json'), '{}');
    const child = spawn(
      realPython!,
      ['-m', 'ratchet_trainer', path.join(root, 'spec.json'), '--wait-for-go'],
      {
        env: {...process.env, PYTHONPATH: path.join(ROOT, 'trainer'), PYTHONDONTWRITEBYTECODE: '1'},
        stdio: ['pipe', 'ignore', 'pipe'],
      },
    );
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.stdin.end(said ?? '');
    const [code] = (await once(child, 'exit')) as [number];
    return {code, errors};
  };

  test('reads its specification once it is told to begin', async () => {
    expect(await run('go\n')).toMatchObject({
      code: 2,
      errors: expect.stringContaining('spec.json') as string,
    });
  });

  test.each([null, 'no\n'])('ends where it is not told: %j', async (said) => {
    expect(await run(said)).toEqual({code: 1, errors: ''});
  });
});
