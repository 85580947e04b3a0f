import {spawn} from 'node:child_process';
import {copyFile, mkdtemp, rm, truncate} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {expect, test} from 'vitest';
import {modelFile} from '../../../serving/engine/native.ts';
import {startEngine} from './engine-process.ts';

const MAIN = fileURLToPath(new URL('../../../serving/engine/main.ts', import.meta.url));

test('more requests than may wait are told to come back', async () => {
  const engine = await startEngine('--context', '256', '--max-queue', '1');
  try {
    const body = {prompt: 'Count:', max_tokens: 40, temperature: 0};
    const answers = await Promise.all([1, 2, 3, 4].map(() => engine.post('/v1/completions', body)));
    const refused = answers.filter(({status}) => status === 503);
    expect(answers.filter(({status}) => status === 200)).toHaveLength(2);
    expect(refused).toHaveLength(2);
    expect(refused[0]!.headers.get('retry-after')).toBe('1');
    expect(refused[0]!.body.error!.type).toBe('ServiceUnavailableError');
  } finally {
    expect(await engine.stop()).toBe(0);
  }
});

test('a client that hangs up frees the engine', async () => {
  const engine = await startEngine('--context', '1024');
  try {
    const controller = new AbortController();
    const long = fetch(`${engine.url}/v1/completions`, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify({prompt: 'Once upon a time', max_tokens: 900, temperature: 1, stream: true}),
      signal: controller.signal,
    });
    await (await long).body!.getReader().read();
    controller.abort();
    const {body} = await engine.post('/v1/completions', {prompt: 'Hi', max_tokens: 1});
    expect(body.usage.completion_tokens).toBe(1);
    expect((await engine.get('/health')).waiting).toBe(0);
  } finally {
    await engine.stop();
  }
});

test('reads its model when it is first asked', async () => {
  const engine = await startEngine('--context', '100000');
  try {
    expect(await engine.get('/health')).toMatchObject({status: 'ok', loaded: false, contexts: []});
    expect((await engine.post('/v1/completions', {model: 'nobody', prompt: 'Hi'})).status).toBe(404);
    expect(await engine.get('/health')).toMatchObject({loaded: false});
    const {body} = await engine.post('/v1/completions', {prompt: 'Hi', max_tokens: 1});
    expect(body.usage.completion_tokens).toBe(1);
    expect(await engine.get('/health')).toMatchObject({loaded: true});
    // What the model was trained for, by its own header.
    expect((await engine.get('/v1/models')).data[0]).toMatchObject({max_model_len: 8192});
  } finally {
    await engine.stop();
  }
});

test('a model that cannot be loaded is named in the answer', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'ratchet-engine-'));
  const file = path.join(folder, 'half.gguf');
  await copyFile(await modelFile(undefined), file);
  await truncate(file, 30_000_000);
  const engine = await startEngine('--model', file);
  try {
    const {status, body} = await engine.post('/v1/completions', {prompt: 'Hi', max_tokens: 1});
    expect(status).toBe(500);
    expect(body.error!.message).toContain(`${file} cannot be loaded: `);
    expect((await engine.get('/health')).waiting).toBe(0);
  } finally {
    await engine.stop();
    await rm(folder, {recursive: true});
  }
});

test('ends with the process that started it', async () => {
  const parent = spawn(
    process.execPath,
    [
      '-e',
      `const child = require('node:child_process').spawn(process.execPath, ${JSON.stringify([MAIN, '--threads', '1', '--die-with-parent'])}, {stdio: ['ignore', 'pipe', 'ignore']});
       child.stdout.once('data', () => process.stdout.write(String(child.pid) + '\\n'));`,
    ],
    {stdio: ['ignore', 'pipe', 'inherit']},
  );
  const pid = Number(
    await new Promise<string>((resolve) => parent.stdout.once('data', (d) => resolve(String(d)))),
  );
  parent.kill('SIGKILL');
  await expect
    .poll(
      () => {
        try {
          process.kill(pid, 0);
          return 'alive';
        } catch {
          return 'gone';
        }
      },
      {timeout: 20_000},
    )
    .toBe('gone');
});

test.each([
  [['--port', 'eighty'], '--port expects an integer'],
  [['--threads', '0'], '--threads expects an integer of at least 1'],
  [['--model', '/nowhere/model.gguf'], 'no model at /nowhere/model.gguf'],
  [['--model', MAIN], `${MAIN} is no GGUF file`],
  [['--nonsense'], "Unknown option '--nonsense'"],
])('refuses %j with exit code 2 and one line', async (args, line) => {
  const child = spawn(process.execPath, [MAIN, ...args], {stdio: ['ignore', 'ignore', 'pipe']});
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect(code).toBe(2);
  expect(errors).toContain(line);
  expect(errors.trim().split('\n')).toHaveLength(1);
});
