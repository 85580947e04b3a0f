import {execFileSync, spawnSync} from 'node:child_process';
import {cp, mkdir, mkdtemp, readdir, rm, symlink} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
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
