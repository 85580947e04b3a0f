import {execFileSync, spawnSync} from 'node:child_process';
import {cp, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {codeVersion} from '../../activities/stage/code-version.ts';

const ROOT = join(import.meta.dirname, '..', '..');
let folder: string;
let installed: string;
/** The package as npm would install it: what `files` names, compiled, beside its dependencies. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ratchet-package-'));
  installed = join(folder, 'node_modules', 'ratchet-llmops');
  const asked = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const [{files}] = JSON.parse(execFileSync('npm', asked, {cwd: ROOT, encoding: 'utf8'})) as [
    {files: {path: string}[]},
  ];
  for (const {path} of files.filter((file) => !file.path.startsWith('dist/'))) {
    await mkdir(dirname(join(installed, path)), {recursive: true});
    await cp(join(ROOT, path), join(installed, path));
  }
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  // Types have a check of their own.
  const compile = [tsc, '-p', 'tsconfig.build.json', '--noCheck', '--outDir', join(installed, 'dist')];
  execFileSync(process.execPath, compile, {cwd: ROOT, stdio: 'pipe'});
  for (const name of await readdir(join(ROOT, 'node_modules')))
    if (!name.startsWith('.'))
      await symlink(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name), 'junction');
}, 600_000);
afterAll(() => rm(folder, {recursive: true, force: true}));

function ratchet(...args: string[]) {
  const bin = join(installed, 'scripts', 'launcher', 'ratchet.js');
  const env = {...process.env, XDG_STATE_HOME: join(folder, 'state')};
  return spawnSync(process.execPath, [bin, ...args], {cwd: folder, env, encoding: 'utf8'});
}

/** What a program of another project prints. */
function runModule(program: string): string {
  return execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: folder,
    encoding: 'utf8',
  });
}

/** Files that one file's `from '…'` lead to. */
async function importedFrom(file: string, seen = new Set<string>()): Promise<Set<string>> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = await readFile(file, 'utf8');
  for (const [, path] of text.matchAll(/ from '(\.[^']+\.ts)'/g))
    await importedFrom(resolve(dirname(file), path!), seen);
  return seen;
}

test('holds the compiled command, which needs no TypeScript', () => {
  const {status, stdout, stderr} = ratchet('--help');
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(stdout).toContain('lineage');
});

test('reads a project and its store', () => {
  const {status, stdout, stderr} = ratchet('runs', '--project', 'mail-small', '--json');
  expect(stderr).toBe('');
  expect({status, runs: JSON.parse(stdout) as unknown}).toEqual({status: 0, runs: []});
});

describe('as a library', () => {
  test('gives the core’s algorithms, whole and by room', () => {
    const program = `
      import {curation, evaluation} from 'ratchet-llmops/core';
      import {wilson} from 'ratchet-llmops/core/evaluation/statistics';
      import {canonicalJson} from 'ratchet-llmops/core/identity';
      const {text} = curation.scrub('call +1 650 253 0000', {entities: ['phone'], key: new Uint8Array(32)});
      console.log(JSON.stringify([text, evaluation.statistics.wilson === wilson, wilson(9, 10), canonicalJson({b: 1, a: 2})]));`;
    expect(JSON.parse(runModule(program))).toEqual([
      expect.stringMatching(/^call <PHONE_[0-9a-f]{8}>$/),
      true,
      {low: expect.closeTo(0.5958, 4), high: expect.closeTo(0.9821, 4)},
      '{"a":2,"b":1}',
    ]);
  });

  test('every file of the core is reachable through it', async () => {
    const reached = await importedFrom(join(ROOT, 'core', 'index.ts'));
    const files = (await readdir(join(ROOT, 'core'), {recursive: true})).filter((file) =>
      file.endsWith('.ts'),
    );
    expect(files.filter((file) => !reached.has(join(ROOT, 'core', file)))).toEqual([]);
  });

  test('has types that a strict project reads, and that refuse what is wrong', async () => {
    const consumer = `
      import {evaluation, type curation} from 'ratchet-llmops/core';
      import {GatewayClient, type Answer} from 'ratchet-llmops/client';
      export const low: number = evaluation.statistics.wilson(9, 10).low;
      export const entity: curation.Entity = 'phone';
      export const ask = (client: GatewayClient): Promise<Answer> => client.ask('team', {messages: 'x'});
      // @ts-expect-error a proportion takes numbers
      evaluation.statistics.wilson('9', 10);
      // @ts-expect-error there is no such entity
      export const wrong: curation.Entity = 'shoe size';
      // @ts-expect-error a rating is -1 or 1
      export const rated = (client: GatewayClient) => client.feedback('', {rating: 5});`;
    await writeFile(join(folder, 'consumer.ts'), consumer);
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    const flags = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2022', '--types', 'node'];
    const {status, stdout} = spawnSync(process.execPath, [tsc, ...flags, '--skipLibCheck', 'consumer.ts'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect({status, stdout}).toEqual({status: 0, stdout: ''});
  });
});

test('names its stages’ code as the checkout does, so that both find each other’s results', async () => {
  for (const stage of ['curate', 'train', 'gauntlet'] as const)
    expect(await codeVersion(stage, installed)).toBe(await codeVersion(stage, ROOT));
});

test('bundles its workflows from the compiled code', () => {
  const bundle = join(installed, 'dist', 'workers', 'bundle.js');
  const build = join(installed, 'dist', 'stores', 'build.js');
  const program = `const {workflowBundle} = await import(${JSON.stringify(bundle)}); const {thisBuild} = await import(${JSON.stringify(build)}); console.log((await workflowBundle(await thisBuild())).codePath)`;
  const cache = join(folder, 'cache');
  const made = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    env: {...process.env, RATCHET_CACHE: cache},
  });
  expect(made.trim()).toMatch(/bundles.[0-9a-f]{24}-versioned-compiled\.js$/);
});

test('holds no tests, no state and no sources of the checkout’s own tools', async () => {
  const top = (await readdir(installed)).sort();
  expect(top).not.toContain('test');
  expect(await readdir(join(installed, 'scripts'))).toEqual(['launcher']);
  expect(await readdir(join(installed, 'examples', 'mail'))).toEqual(['README.md', 'ratchet.yaml']);
});
