import {execFileSync, spawnSync} from 'node:child_process';
import {mkdir, mkdtemp, readFile, readdir, rm, writeFile} from 'node:fs/promises';
import {homedir, tmpdir} from 'node:os';
import {basename, delimiter, dirname, join, resolve} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {cacheRoot} from '../../launcher/locations.js';
import {findOnPath, isExecutable} from '../../launcher/path-search.js';
import {runNpm} from '../../launcher/steps/npm.js';

const ROOT = join(import.meta.dirname, '..', '..');
/** The oldest Node that the package is for, where this machine has one. */
const NODE_20 = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((place) => join(place, 'node'))
  .find((file) => isExecutable(file) && versionOf(file).startsWith('v20.'));
const NODES = [
  {what: 'on Node 20', node: NODE_20},
  {what: `on Node ${process.version}`, node: process.execPath},
];
let folder: string;
let installed: string;

/** What `npm pack` makes of the checkout, installed by `npm install` in an empty folder, on the oldest Node. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ratchet-package-'));
  installed = join(folder, 'node_modules', 'ratchet-llmops');
  const packed = await runNpm(['pack', '--pack-destination', folder], {cwd: ROOT, env: process.env});
  expect(packed.output).toContain('.tgz');
  const tarball = (await readdir(folder)).find((file) => file.endsWith('.tgz'))!;
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({name: 'consumer', private: true, type: 'module'}),
  );
  const types = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  // The types of Node are a strict consumer's own.
  const asked = [join(folder, tarball), `@types/node@${types.devDependencies['@types/node']}`];
  const env = userOf(NODE_20 ?? process.execPath);
  const {ok, output} = await runNpm(['install', '--prefer-offline', ...asked], {cwd: folder, env});
  expect(ok, output).toBe(true);
  // The first call on a Node that is too old brings another, where the cache has none yet.
  const first = ratchet(['--help'], {node: NODE_20 ?? process.execPath, network: '--prefer-offline'});
  expect(first.status, first.stderr).toBe(0);
}, 600_000);
afterAll(() => rm(folder, {recursive: true, force: true}));

/** Somebody who has this Node and nothing of the checkout, beside what is cached. */
function userOf(node: string): NodeJS.ProcessEnv {
  const npm = dirname(findOnPath('npm', process.env)!);
  const home = join(folder, 'home', versionOf(node));
  return {
    ...process.env,
    PATH: [dirname(node), npm, '/usr/bin', '/bin'].join(delimiter),
    NODE_OPTIONS: '',
    HOME: home,
    XDG_STATE_HOME: join(home, 'state'),
    XDG_CONFIG_HOME: join(home, 'config'),
    RATCHET_CACHE: cacheRoot(process.env),
    npm_config_cache: execFileSync('npm', ['config', 'get', 'cache'], {encoding: 'utf8'}).trim(),
    npm_config_userconfig: process.env['npm_config_userconfig'] ?? join(homedir(), '.npmrc'),
  };
}

function versionOf(node: string): string {
  return execFileSync(node, ['--version'], {encoding: 'utf8'}).trim();
}

/** `npx ratchet …`, on this Node. */
function ratchet(
  args: readonly string[],
  {node = process.execPath, cwd = folder, network = '--offline'} = {},
) {
  const npx = [network, 'ratchet', ...args];
  return spawnSync('npx', npx, {cwd, env: userOf(node), encoding: 'utf8'});
}

/** What a program of another project prints. */
function runModule(program: string, node: string): string {
  return execFileSync(node, ['--input-type=module', '-e', program], {cwd: folder, encoding: 'utf8'});
}

/** 60 tickets of two classes, no two alike. */
function tickets(): string {
  const rows = Array.from({length: 60}, (_, i) => {
    const words = Array.from({length: 9}, (__, j) => `w${(i * 37 + j * j * 11) % 997}x${i * j}`).join(' ');
    return `${i},"The ${i % 2 ? 'billing' : 'delivery'} matter: ${words}",${i % 2 ? 'billing' : 'delivery'}`;
  });
  return `ticket_id,body,team\n${rows.join('\n')}\n`;
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

describe.each(NODES)('$what', ({node}) => {
  test.skipIf(node === undefined)('says which commands there are', () => {
    const {status, stdout, stderr} = ratchet(['--help'], {node: node!});
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toContain('lineage');
  });

  test.skipIf(node === undefined)('makes a project of a CSV file, and checks it', async () => {
    const cwd = join(folder, `of-${versionOf(node!)}`);
    await mkdir(cwd);
    await writeFile(join(cwd, 'tickets.csv'), tickets());
    const made = ratchet(['init', 'support', '--from', 'tickets.csv', '--key', 'anna'], {node: node!, cwd});
    expect(made).toMatchObject({status: 0, stderr: ''});
    expect(made.stdout).toContain('support/ratchet.yaml: classification, from 60 rows');
    const {stdout} = ratchet(['validate', 'support', '--json'], {node: node!, cwd});
    const seen = JSON.parse(stdout) as {sources: unknown; shown: unknown[]};
    expect(seen.sources).toEqual([{name: 'rows', records: 60, read: 60, kept: 60, whole: true}]);
    // By the model's own tokenizer, which the launcher fetched.
    expect(seen.shown).toHaveLength(5);
  });

  test.skipIf(node === undefined)('gives the core’s algorithms and the client', () => {
    const program = `
      import {ApprovalsClient, GatewayClient} from 'ratchet-llmops/client';
      import {curation, evaluation} from 'ratchet-llmops/core';
      import {wilson} from 'ratchet-llmops/core/evaluation/statistics';
      import {canonicalJson} from 'ratchet-llmops/core/identity';
      const {text} = curation.scrub('call +1 650 253 0000', {entities: ['phone'], key: new Uint8Array(32)});
      console.log(JSON.stringify([text, evaluation.statistics.wilson === wilson, wilson(9, 10), canonicalJson({b: 1, a: 2}), typeof new GatewayClient({url: 'http://127.0.0.1:1', project: 'x'}).ask, typeof ApprovalsClient]));`;
    expect(JSON.parse(runModule(program, node!))).toEqual([
      expect.stringMatching(/^call <PHONE_[0-9a-f]{8}>$/),
      true,
      {low: expect.closeTo(0.5958, 4), high: expect.closeTo(0.9821, 4)},
      '{"a":2,"b":1}',
      'function',
      'function',
    ]);
  });
});

test('is found by npx under its own name, too: the name ratchet is somebody else’s on npm', () => {
  const npx = ['--offline', 'ratchet-llmops', '--version'];
  const {status, stdout} = spawnSync('npx', npx, {
    cwd: folder,
    env: userOf(process.execPath),
    encoding: 'utf8',
  });
  expect({status, stdout}).toEqual({status: 0, stdout: ratchet(['--version']).stdout});
});

test('reads a project and its store', () => {
  const {status, stdout, stderr} = ratchet(['runs', '--project', 'mail-small', '--json']);
  expect(stderr).toBe('');
  expect({status, runs: JSON.parse(stdout) as unknown}).toEqual({status: 0, runs: []});
});

test('brings nothing of CUDA or Vulkan, and no engine: the launcher installs a CPU build of that', async () => {
  const tree = await readdir(join(folder, 'node_modules'), {recursive: true});
  expect(tree.length).toBeGreaterThan(10_000);
  const gpu = /cuda|vulkan|tensorrt|directml/i;
  expect(tree.filter((file) => gpu.test(basename(file)))).toEqual([]);
  expect(tree.filter((file) => /(^|\/)(onnxruntime|node-llama-cpp)[^\/]*$/.test(file))).toEqual([]);
  const lock = join(installed, 'launcher', 'locks', 'llama.package-lock.json');
  const {packages} = JSON.parse(await readFile(lock, 'utf8')) as {packages: Record<string, {name?: string}>};
  const replaced = Object.entries(packages).filter(([place]) => gpu.test(place));
  expect(replaced.length).toBeGreaterThan(0);
  expect([...new Set(replaced.map(([, {name}]) => name))]).toEqual(['empty-npm-package']);
});

describe('as a library', () => {
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
      import {Records} from 'ratchet-llmops/records';
      import {startRun, type StartRunOptions} from 'ratchet-llmops/runs';
      export const low: number = evaluation.statistics.wilson(9, 10).low;
      export const entity: curation.Entity = 'phone';
      export const ask = (client: GatewayClient): Promise<Answer> => client.ask('team', {messages: 'x'});
      export const spent = async (): Promise<number> => (await (await Records.open('x')).costs()).total.cost;
      export const started = async (options: StartRunOptions): Promise<string> => (await startRun('x', options)).run;
      // @ts-expect-error no run begins at its first stage
      export const from: StartRunOptions['from'] = 'curate';
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

test('starts runs from an application: here of a project that is not there', () => {
  const program = `
    import {newRunId, startRun} from 'ratchet-llmops/runs';
    const error = await startRun('nowhere', {client: {}, run: newRunId('x')}).catch((error) => error);
    console.log(JSON.stringify([error.type, error.message]));`;
  expect(JSON.parse(runModule(program, process.execPath))).toEqual([
    'InvalidInput',
    expect.stringMatching(/^nowhere.ratchet\.yaml cannot be read \(ENOENT\)/),
  ]);
});

test('bundles its workflows from the compiled code', () => {
  const bundle = join(installed, 'dist', 'workers', 'bundle.js');
  const build = join(installed, 'dist', 'host', 'build.js');
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
  expect(top).not.toContain('scripts');
  expect(await readdir(join(installed, 'examples', 'mail'))).toEqual(['README.md', 'ratchet.yaml']);
});
