import {mkdtempSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {afterEach, describe, expect, test, vi} from 'vitest';
import {parse} from 'yaml';
import {ProjectConfig} from '../../schemas/project.ts';
import {childEnvironment} from '../../host/child-environment.ts';
import {planStack} from '../../stack/plan.ts';
import {HeldPorts} from '../../stack/ports.ts';
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

describe('the environment of each part', () => {
  const SECRETS = {
    RATCHET_KEY: '/anna.pem',
    GITHUB_TOKEN: 'ghp',
    OPENAI_API_KEY: 'sk',
    DATABASE_URL: 'postgres://u:p@h',
    AWS_SECRET_ACCESS_KEY: 'aws',
    TEMPORAL_API_KEY: 'temporal',
    RATCHET_CODEC_KEYS: `k:${'a'.repeat(64)}`,
    HF_TOKEN: 'hf',
    JUDGE_KEY: 'judge',
    HOOK_SECRET: 'hook',
    MINE: 'mine',
  };
  /** Which of them each part gets, and which of the stack's own keys. */
  const got = async () => {
    for (const [name, value] of Object.entries(SECRETS)) vi.stubEnv(name, value);
    vi.stubEnv('RATCHET_MODEL', DEFAULT);
    const {plan} = await planned('{}', {
      gauntlet:
        'gauntlet: {gates: [{metric: triage_balanced_accuracy, test: at-least, limit: 0.5}], judge: {base_url: "https://judge.example/v1", model: m, api_key_env: JUDGE_KEY}}',
      notify:
        'notify: [{url: "https://hook.example/x", events: [approval_waiting], secret_env: HOOK_SECRET}]',
    });
    const keys = [...Object.keys(SECRETS), 'RATCHET_PROJECT_KEY', 'RATCHET_ENGINE_KEY'];
    return Object.fromEntries(
      plan.parts.map(({name, env}) => [name.replace(/-\d+$/, ''), keys.filter((key) => env[key]).sort()]),
    );
  };

  test('holds the keys that this part needs, and nothing else of the shell', async () => {
    const cluster = [
      'AWS_SECRET_ACCESS_KEY',
      'RATCHET_CODEC_KEYS',
      'RATCHET_PROJECT_KEY',
      'TEMPORAL_API_KEY',
    ];
    expect(await got()).toEqual({
      'worker-workflow': cluster,
      'worker-cpu': [...cluster, 'HF_TOKEN', 'HOOK_SECRET', 'JUDGE_KEY', 'RATCHET_ENGINE_KEY'].sort(),
      'worker-gpu': [...cluster, 'HF_TOKEN'].sort(),
      engine: ['RATCHET_ENGINE_KEY'],
      gateway: ['AWS_SECRET_ACCESS_KEY', 'HF_TOKEN', 'RATCHET_ENGINE_KEY', 'RATCHET_PROJECT_KEY'],
    });
  });

  test('holds what RATCHET_PASS_ENV names', async () => {
    vi.stubEnv('RATCHET_PASS_ENV', 'MINE, OTHER');
    for (const keys of Object.values(await got())) expect(keys).toContain('MINE');
  });

  test('of a local Temporal server holds no key at all', async () => {
    for (const [name, value] of Object.entries(SECRETS)) vi.stubEnv(name, value);
    vi.stubEnv('RATCHET_MODEL', DEFAULT);
    vi.stubEnv('RATCHET_TEMPORAL', process.execPath);
    const {plan} = await planned('{}', {}, '');
    const env = plan.parts.find(({name}) => name === 'temporal')!.env;
    expect(Object.keys(SECRETS).filter((key) => env[key])).toEqual([]);
    expect(env['PATH']).toBe(process.env['PATH']);
  });
});

test('the trainer gets no key, whatever is passed to the others', () => {
  const env = {
    PATH: '/bin',
    OMP_NUM_THREADS: '2',
    HF_TOKEN: 'hf',
    WANDB_API_KEY: 'w',
    RATCHET_PASS_ENV: 'HF_TOKEN',
  };
  expect(childEnvironment('trainer', env)).toEqual({PATH: '/bin', OMP_NUM_THREADS: '2'});
  expect(childEnvironment('trainer', env, ['HF_TOKEN'])).toMatchObject({HF_TOKEN: 'hf'});
});
