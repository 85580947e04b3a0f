import {chmodSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import {readStack} from '../../stack/stack-file.ts';
import {stillRuns} from '../../host/process-identity.ts';
import {User} from './cli.ts';
import {projectYaml} from './project-yaml.ts';

let user: User;
let folder: string;

/** A project whose engines are elsewhere, so that no model is needed. */
beforeEach(() => {
  user = new User();
  folder = user.folder('post');
  const engine = 'engine: {target: ["http://127.0.0.1:9"]}';
  writeFileSync(path.join(folder, 'ratchet.yaml'), projectYaml('post', {engine}));
});

function program(lines: string): string {
  const file = path.join(user.home, 'temporal');
  writeFileSync(file, `#!/bin/sh\n${lines}\n`);
  chmodSync(file, 0o755);
  return file;
}

describe('up', () => {
  test('names a part that keeps dying, with the last lines of its log, and leaves nothing running', async () => {
    const env = {RATCHET_TEMPORAL: program('echo "database is locked"; exit 1')};
    const {code, stdout, stderr} = await user.ratchet(['up', '--detach'], {from: folder, env});
    expect({code, stdout}, stderr).toEqual({code: 1, stdout: ''});
    // As its state was when it was looked at: a first pause of 250 ms may be over by then.
    expect(stderr).toMatch(/temporal ended with code 1; again in (250|500|1000|2000) ms/);
    expect(stderr).toMatch(
      /ratchet: (temporal|gateway) keeps dying \(4 times: [^)]+\); the last lines of \S+\.log:\n {2}\S/,
    );
    const state = readStack(folder)!;
    expect(state.status).toBe('stopped');
    expect(stillRuns(state.supervisor)).toBe(false);
    expect(state.pids).toEqual({});
  });

  test('gives up on a part that never answers, in the time it is given', async () => {
    // Neither dies nor answers; the workers wait for it.
    const env = {RATCHET_TEMPORAL: program('exec sleep 600')};
    const {code, stderr} = await user.ratchet(['up', '--detach', '--timeout', '2'], {from: folder, env});
    expect(code).toBe(1);
    expect(stderr).toMatch(/ratchet: \S+ (is not ready after \d+\.\d s|keeps dying)/);
    expect(readStack(folder)!.status).toBe('stopped');
  });

  test('without a Temporal server says how to get one', async () => {
    const env = {PATH: '/nonexistent', RATCHET_CACHE: user.folder('cache')};
    const {code, stderr} = await user.ratchet(['up', '--detach'], {from: folder, env});
    expect(code).toBe(1);
    expect(stderr).toContain('no Temporal server: set TEMPORAL_ADDRESS');
  });

  test('without a store that can be written', async () => {
    writeFileSync(path.join(user.home, 'file'), '');
    const env = {RATCHET_STORE: `file://${path.join(user.home, 'file', 'store')}`};
    const {code, stderr} = await user.ratchet(['up', '--detach'], {from: folder, env});
    expect(code).toBeGreaterThan(0);
    expect(stderr).toMatch(/^ratchet: [^\n]+\n$/);
  });
});

test('down of a stack that is not up says so, and ends with 0', async () => {
  const answer = await user.ratchet(['down', '--json'], {from: folder});
  expect(answer).toEqual({code: 0, stdout: '{\n  "project": "post",\n  "wasUp": false\n}\n', stderr: ''});
});
