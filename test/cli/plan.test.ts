import {mkdtempSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {afterEach, describe, expect, test, vi} from 'vitest';
import {parse} from 'yaml';
import {ProjectConfig} from '../../schemas/project.ts';
import {planStack} from '../../scripts/stack/plan.ts';
import {HeldPorts} from '../../scripts/stack/ports.ts';
import {projectYaml} from './project-yaml.ts';

const DEFAULT = '/cache/models/smollm2-135m-instruct/model.gguf';

afterEach(() => vi.unstubAllEnvs());

/** The arguments of each part of the stack of the smallest project with this base model. */
async function parts(
  baseModel: string,
  rest: Record<string, string> = {},
): Promise<Map<string, readonly string[]>> {
  const {plan, folder} = await planned(baseModel, rest);
  return new Map(
    plan.parts.map((part) => [part.name, part.args.map((arg) => arg.replace(folder, 'FOLDER'))]),
  );
}

async function planned(
  baseModel: string,
  rest: Record<string, string> = {},
  temporal: string | undefined = '127.0.0.1:7233',
) {
  vi.stubEnv('TEMPORAL_ADDRESS', temporal);
  const folder = mkdtempSync(path.join(tmpdir(), 'ratchet-plan-'));
  const config = ProjectConfig.parse(
    parse(projectYaml('post', {base_model: `base_model: ${baseModel}`, ...rest})),
  );
  const ports = new HeldPorts(path.join(folder, 'ports'));
  try {
    const of = {
      config,
      file: path.join(folder, 'ratchet.yaml'),
      folder,
      store: 'file:///s',
      rowKey: 'a'.repeat(64),
    };
    return {plan: await planStack(of, ports), folder};
  } finally {
    ports.release();
  }
}

describe("the embedded engines' model", () => {
  test('is the default one where the project names none', async () => {
    vi.stubEnv('RATCHET_MODEL', DEFAULT);
    expect((await parts('{}')).get('engine-1')).not.toContain('--model');
  });

  test("is the project's own GGUF file", async () => {
    vi.stubEnv('RATCHET_MODEL', DEFAULT);
    const engine = (await parts('{path: mine.gguf}')).get('engine-1')!;
    expect(engine.slice(engine.indexOf('--model'))).toEqual(['--model', 'FOLDER/mine.gguf']);
  });

  test('of a Hugging Face model is refused unless a GGUF file of it is named', async () => {
    vi.stubEnv('RATCHET_MODEL', DEFAULT);
    await expect(parts('{kind: hf, path: org/model}')).rejects.toMatchObject({
      type: 'InvalidInput',
      message: expect.stringMatching(
        /^base_model\.kind: expected gguf for embedded engines, got hf \(org\/model\): name/,
      ) as string,
    });
    vi.stubEnv('RATCHET_MODEL', '/srv/model.gguf');
    expect([...(await parts('{kind: hf, path: org/model}')).keys()]).toContain('engine-1');
  });

  test('of a Hugging Face model is no matter where vLLM serves it', async () => {
    vi.stubEnv('RATCHET_MODEL', DEFAULT);
    const served = await parts('{kind: hf, path: org/model}', {
      engine: 'engine: {target: ["http://vllm:8000"]}',
    });
    expect([...served.keys()].filter((name) => name.startsWith('engine'))).toEqual([]);
  });
});

test('metrics of gateway and workers get ports of their own, from those that are named on', async () => {
  vi.stubEnv('RATCHET_MODEL', DEFAULT);
  vi.stubEnv('RATCHET_WORKER_METRICS', '127.0.0.1:29464');
  vi.stubEnv('RATCHET_GATEWAY_METRICS', '127.0.0.1:29464');
  const {plan} = await planned('{}');
  const shown = plan.parts.flatMap(
    ({env}) => env['RATCHET_WORKER_METRICS'] ?? env['RATCHET_GATEWAY_METRICS'] ?? [],
  );
  expect(shown.length).toBeGreaterThan(3);
  expect(new Set(shown).size).toBe(shown.length);
});

test('the codec server has an address of its own, and the Temporal UI is told of it', async () => {
  vi.stubEnv('RATCHET_MODEL', DEFAULT);
  vi.stubEnv('RATCHET_TEMPORAL', process.execPath);
  vi.stubEnv('RATCHET_CODEC_KEYS', `2026a:${'0'.repeat(64)}`);
  const {addresses, parts} = (await planned('{}', {}, '')).plan;
  expect(addresses.codec).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const args = (name: string) => parts.find((part) => part.name === name)!.args.join(' ');
  expect(args('temporal')).toContain(`--ui-codec-endpoint ${addresses.codec}`);
  expect(args('codec')).toContain(`--port ${new URL(addresses.codec!).port}`);
  vi.stubEnv('RATCHET_CODEC_KEYS', '');
  expect((await planned('{}', {}, '')).plan.addresses).not.toHaveProperty('codec');
});

describe("the embedded engines' key", () => {
  const keys = async (rest: Record<string, string> = {}) =>
    new Map((await planned('{}', rest)).plan.parts.map(({name, env}) => [name, env['RATCHET_ENGINE_KEY']]));

  test('is made with each plan, and every part that asks them has it', async () => {
    vi.stubEnv('RATCHET_MODEL', DEFAULT);
    const first = await keys();
    const key = first.get('engine-1')!;
    expect(Buffer.from(key, 'base64url')).toHaveLength(32);
    for (const name of ['gateway', 'worker-cpu-1']) expect(first.get(name)).toBe(key);
    expect((await keys()).get('engine-1')).not.toBe(key);
  });

  test('of servers that are not the stack’s own is the user’s', async () => {
    vi.stubEnv('RATCHET_MODEL', DEFAULT);
    const served = await keys({engine: 'engine: {target: ["http://vllm:8000"]}'});
    expect(served.get('gateway')).toBeUndefined();
  });
});
