import {cp, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {adapterGguf, writeAdapterFolder} from './adapter-folder.ts';
import {startEngine, type EngineProcess} from './engine-process.ts';

let engine: EngineProcess;
let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ratchet-adapters-'));
  engine = await startEngine(
    '--context',
    '256',
    '--max-contexts',
    '2',
    '--recycle-after',
    '3',
    '--max-lora-rank',
    '16',
  );
  await writeAdapterFolder(at('one'), {seed: 1});
  await writeAdapterFolder(at('two'), {seed: 2});
});
afterAll(async () => {
  await engine.stop();
  await rm(folder, {recursive: true, force: true});
});

const load = (lora_name: string, lora_path: string) =>
  engine.post('/v1/load_lora_adapter', {lora_name, lora_path});
const unload = (lora_name: string) => engine.post('/v1/unload_lora_adapter', {lora_name});
async function logprobs(model: string): Promise<number[]> {
  const {body} = await engine.post('/v1/completions', {
    model,
    prompt: 'The capital of France is Paris, a city on the Seine.',
    max_tokens: 0,
    echo: true,
    logprobs: 0,
  });
  return body.choices[0]!.logprobs.token_logprobs.slice(1) as number[];
}
const BASE = 'smollm2-135m-instruct';

test('two adapters and the base answer side by side, each as if it were alone', async () => {
  const base = await logprobs(BASE);
  expect(await load('one', at('one'))).toMatchObject({
    status: 200,
    body: "Success: LoRA adapter 'one' added successfully.",
  });
  expect((await load('two', at('two'))).status).toBe(200);
  const one = await logprobs('one');
  const two = await logprobs('two');
  const distance = (a: number[], b: number[]) => Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
  expect(distance(base, one)).toBeGreaterThan(0.01);
  expect(distance(base, two)).toBeGreaterThan(0.01);
  expect(distance(one, two)).toBeGreaterThan(0.01);
  // With two contexts for three names every question evicts one.
  expect(await logprobs(BASE)).toEqual(base);
  expect(await logprobs('one')).toEqual(one);
  expect(await logprobs('two')).toEqual(two);
  expect((await engine.get('/health')).contexts).toHaveLength(2);
  const {data} = await engine.get('/v1/models');
  expect(data.map((card) => [card.id, card.parent])).toEqual([
    [BASE, null],
    ['one', BASE],
    ['two', BASE],
  ]);
});

test('a name is taken once, freed by unloading, and unknown afterwards', async () => {
  expect(await load('one', at('two'))).toMatchObject({
    status: 400,
    body: {
      error: {message: expect.stringContaining("'one' has already been loaded"), type: 'InvalidUserInput'},
    },
  });
  expect(await unload('two')).toMatchObject({
    status: 200,
    body: "Success: LoRA adapter 'two' removed successfully.",
  });
  expect(await unload('two')).toMatchObject({
    status: 404,
    body: {error: {message: "The lora adapter 'two' cannot be found.", type: 'NotFoundError'}},
  });
  expect((await engine.post('/v1/completions', {model: 'two', prompt: 'x'})).status).toBe(404);
  expect((await load('two', at('two'))).status).toBe(200);
});

test('other bytes under the same path are loaded anew', async () => {
  await cp(at('one'), at('swapped'), {recursive: true});
  expect((await load('swapped', at('swapped'))).status).toBe(200);
  expect(await logprobs('swapped')).toEqual(await logprobs('one'));
  expect((await unload('swapped')).status).toBe(200);
  await writeFile(at('swapped/adapter.gguf'), adapterGguf({seed: 2}));
  expect((await load('swapped', at('swapped'))).status).toBe(200);
  expect(await logprobs('swapped')).toEqual(await logprobs('two'));
  await unload('swapped');
});

test.each<[string, () => Promise<string>, number, string]>([
  ['a folder that is not there', async () => at('nowhere'), 404, 'No adapter found for'],
  [
    'a folder without adapter_config.json',
    async () => {
      await cp(at('one'), at('bare'), {recursive: true});
      await rm(at('bare/adapter_config.json'));
      return at('bare');
    },
    404,
    'No adapter found for',
  ],
  [
    'a folder without weights',
    async () => {
      await cp(at('one'), at('weightless'), {recursive: true});
      await rm(at('weightless/adapter_model.safetensors'));
      return at('weightless');
    },
    404,
    'No adapter found for',
  ],
  [
    'a folder without the GGUF form',
    async () => {
      await cp(at('one'), at('no-gguf'), {recursive: true});
      await rm(at('no-gguf/adapter.gguf'));
      return at('no-gguf');
    },
    400,
    'holds no adapter.gguf',
  ],
  [
    'a rank above the limit',
    () => writeAdapterFolder(at('large'), {seed: 3, rank: 32, layers: 1}),
    400,
    'LoRA rank 32 is greater than max_lora_rank 16.',
  ],
  [
    'an adapter of another base',
    () => writeAdapterFolder(at('foreign'), {seed: 4, hidden: 512, layers: 1}),
    400,
    'incorrect shape',
  ],
  [
    'a GGUF that is none',
    async () => {
      await cp(at('one'), at('broken'), {recursive: true});
      await writeFile(at('broken/adapter.gguf'), 'not a GGUF');
      return at('broken');
    },
    400,
    'cannot be used with smollm2-135m-instruct',
  ],
])('refuses %s', async (_what, make, status, message) => {
  const answer = await load('refused', await make());
  expect(answer.status, JSON.stringify(answer.body)).toBe(status);
  expect(answer.body.error!.message).toContain(message);
  expect((await engine.get('/v1/models')).data.map((card) => card.id)).not.toContain('refused');
});

test('refuses a call without name or path', async () => {
  expect((await load('', at('one'))).body.error!.message).toBe(
    "Both 'lora_name' and 'lora_path' must be provided.",
  );
  expect((await unload('')).body.error!.message).toBe(
    "'lora_name' needs to be provided to unload a LoRA adapter.",
  );
});

test('says when enough adapters were held that it should be started anew', async () => {
  const health = await engine.get('/health');
  // one, two; the swapped file was one of these two, so nothing was held twice.
  expect(health).toMatchObject({adapters_held: 2, recycle: false, adapters: ['one', 'two']});
  await writeAdapterFolder(at('three'), {seed: 5, layers: 1});
  expect((await load('three', at('three'))).status).toBe(200);
  expect(await engine.get('/health')).toMatchObject({adapters_held: 3, recycle: true});
});
