import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {afterEach, describe, expect, test, vi} from 'vitest';
import type {TrainerSpec} from '../../../activities/train/trainer-spec.ts';
import {LocalProcess} from '../../../activities/train/local-process.ts';

const TOKEN = 'hf_reader';

afterEach(() => void vi.unstubAllEnvs());

/** Keys of ours, and what else a shell may hold. */
const OTHERS = [
  'RATCHET_PROJECT_KEY',
  'RATCHET_KEY',
  'RATCHET_ENGINE_KEY',
  'RATCHET_CODEC_KEYS',
  'AWS_SECRET_ACCESS_KEY',
  'TEMPORAL_API_KEY',
  'GITHUB_TOKEN',
  'OPENAI_API_KEY',
  'WANDB_API_KEY',
  'DATABASE_URL',
];

describe('a trainer may ask the Hub', () => {
  test.each<[string, TrainerSpec['base'], {token: string | undefined; offline: string | undefined}]>([
    [
      'for an id',
      {kind: 'hf', path_or_id: 'org/tiny', revision: '1'.repeat(40)},
      {token: TOKEN, offline: undefined},
    ],
    ['not for a folder', {kind: 'hf', path_or_id: '/srv/model'}, {token: undefined, offline: '1'}],
    ['not for a file', {kind: 'gguf', path: '/m', sha256: '0'.repeat(64)}, {token: undefined, offline: '1'}],
  ])('%s', async (_, base, expected) => {
    vi.stubEnv('HF_TOKEN', TOKEN);
    vi.stubEnv('HF_HUB_OFFLINE', undefined);
    for (const name of OTHERS) vi.stubEnv(name, 'secret');
    const root = await mkdtemp(path.join(tmpdir(), 'ratchet-trainer-'));
    const python = path.join(root, 'python');
    await writeFile(python, '#!/bin/sh\nenv > env.part && mv env.part env\n', {mode: 0o755});
    const backend = new LocalProcess({root, python, trainer: root});
    const files = {train_file: '', validation_file: '', golden_digests_file: ''};
    await backend.start('job', {
      v: 1,
      base,
      ...files,
      config: {},
      threads: 1,
      score_rows: 1,
      gguf: 'required',
      resume: 'auto',
    });
    const file = path.join(root, 'job', 'env');
    await expect
      .poll(() => readFile(file, 'utf8').catch(() => ''), {timeout: 40_000})
      .toContain('PYTHONPATH');
    const env = Object.fromEntries(
      (await readFile(file, 'utf8')).split('\n').map((line) => line.split('=', 2) as [string, string]),
    );
    expect({token: env['HF_TOKEN'], offline: env['HF_HUB_OFFLINE']}).toEqual(expected);
    expect(Object.keys(env).filter((name) => OTHERS.includes(name))).toEqual([]);
    await rm(root, {recursive: true});
  });
});
