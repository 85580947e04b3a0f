import {spawn} from 'node:child_process';
import {chmodSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import type {Command} from 'commander';
import {describe, expect, test} from 'vitest';
import {ratchet} from '../../cli/program.ts';
import {MAIN, User} from './cli.ts';
import {projectYaml} from './project-yaml.ts';

/** Every command that does something, with the words that call it. */
function leaves(command: Command, words: readonly string[] = []): {words: string[]; command: Command}[] {
  const below = command.commands.filter((one) => one.name() !== 'help');
  const under = below.flatMap((one) => leaves(one, [...words, one.name()]));
  // What takes arguments does something itself, whatever stands under it.
  const itself = below.length === 0 || command.registeredArguments.length > 0;
  return itself ? [{words: [...words], command}, ...under] : under;
}

const COMMANDS = [
  'up',
  'down',
  'run',
  'runs',
  'watch',
  'cancel',
  'approve',
  'reject',
  'promote',
  'abort',
  'rollback',
  'releases',
  'datasets',
  'trace',
  'lineage',
  'report',
  'keys list',
  'keys create',
  'keys show',
  'audit verify',
  'audit list',
];

describe('every command', async () => {
  const all = leaves(await ratchet(undefined, {whole: true}));
  test('is there', () => {
    expect(all.map(({words}) => words.join(' '))).toEqual(expect.arrayContaining(COMMANDS));
  });

  test.each(all.map(({words, command}) => [words.join(' '), command] as const))(
    '%s has help with an example that calls it, and --json',
    (name, command) => {
      let help = '';
      command.configureOutput({writeOut: (text) => (help += text)});
      command.outputHelp();
      expect(help).toMatch(/Examples?:\n {2}\$ /);
      expect(help).toContain(`  $ ratchet ${name}`);
      expect(help).toContain('--json');
    },
  );
});

/** A call that cannot be used: exit 2, one line that says why, nothing on standard output, no stack. */
async function refused(
  user: User,
  args: readonly string[],
  options: {from?: string; env?: NodeJS.ProcessEnv} = {},
) {
  const {code, stdout, stderr} = await user.ratchet(args, options);
  expect({code, stdout}).toEqual({code: 2, stdout: ''});
  expect(stderr).not.toMatch(/^\s+at /m);
  return stderr.trimEnd();
}

describe('a call that cannot be used', () => {
  test('no command: the help, and 2', async () => {
    const {code, stderr} = await new User().ratchet([]);
    expect(code).toBe(2);
    expect(stderr).toContain('Usage: ratchet');
  });

  test.each([
    [['upp'], "ratchet: unknown command 'upp' (Did you mean up?)"],
    [['runs', '--jsn'], "ratchet: unknown option '--jsn' (Did you mean --json?)"],
    [['runs', 'a', 'b'], "ratchet: too many arguments for 'runs'. Expected 1 argument but got 2: a, b."],
    [['trace'], "ratchet: missing required argument 'id'"],
    [
      ['up', '--timeout', 'soon'],
      "ratchet: option '--timeout <seconds>' argument 'soon' is invalid. expected seconds, a number above 0",
    ],
    [
      ['audit', 'list', '--last', '0'],
      "ratchet: option '-n, --last <n>' argument '0' is invalid. expected a whole number of at least 1",
    ],
    [
      ['report', '12345678', '--form', 'pdf'],
      "ratchet: option '--form <form>' argument 'pdf' is invalid. Allowed choices are html, markdown, card, data, summary.",
    ],
    [
      ['keys', 'create', '../evil'],
      'ratchet: "../evil" is not a key name: expected letters, digits, ".", "_" and "-"',
    ],
  ])('%j', async (args, line) => {
    expect(await refused(new User(), args)).toBe(line);
  });
});

describe('a project that cannot be used', () => {
  const all = ['up', 'run', 'down', 'runs', 'watch', 'rollback', 'releases', 'datasets', 'audit verify'];
  test.each(all)('%s without any project says what to do', async (command) => {
    expect(await refused(new User(), command.split(' '))).toBe(
      'ratchet: no project: name one (a name, a folder or a YAML file), or go to a folder with a ratchet.yaml',
    );
  });

  test('a name nobody knows', async () => {
    expect(await refused(new User(), ['run', 'nobody'])).toBe(
      'ratchet: no project "nobody": expected a folder, a YAML file, or the name of a project used before',
    );
  });

  test('a name nobody knows, with those that are known', async () => {
    const user = new User();
    writeFileSync(path.join(user.folder('p'), 'ratchet.yaml'), projectYaml());
    expect((await user.ratchet(['runs', 'p'])).code).toBe(0);
    expect(await refused(user, ['run', 'nobody'])).toContain(' used before (post)');
  });

  test('a file that does not exist', async () => {
    expect(await refused(new User(), ['up', './none.yaml'])).toBe(
      "ratchet: ./none.yaml does not exist: expected a project's folder or YAML file",
    );
  });

  test('a folder without ratchet.yaml', async () => {
    const user = new User();
    user.folder('empty');
    expect(await refused(user, ['up', './empty'])).toBe(
      'ratchet: ./empty has no ratchet.yaml: name a folder that has one, or the YAML file',
    );
  });

  test.skipIf(process.getuid?.() === 0)('a file that cannot be read', async () => {
    const user = new User();
    const file = path.join(user.folder('p'), 'ratchet.yaml');
    writeFileSync(file, projectYaml());
    chmodSync(file, 0);
    expect(await refused(user, ['runs', 'p'])).toBe(
      'ratchet: p/ratchet.yaml cannot be read (EACCES): check its permissions',
    );
  });

  test('a YAML with mistakes: a line for each, with file, line, key, what was expected and what came', async () => {
    const user = new User();
    const training = 'training:\n  lora_rank: 8\n  learning_rate: fast';
    writeFileSync(
      path.join(user.folder('p'), 'ratchet.yaml'),
      projectYaml('post', {training, version: 'version: 2'}),
    );
    expect(await refused(user, ['run', 'p'])).toBe(
      [
        'ratchet: p/ratchet.yaml:1: version: expected 1, got 2',
        'p/ratchet.yaml:19: training.lora_rank: expected a known key (did you mean "lora_r"?), got the unknown key "lora_rank"',
        'p/ratchet.yaml:20: training.learning_rate: expected a number, got "fast"',
      ].join('\n'),
    );
  });

  test('a gate on a metric that the project does not have', async () => {
    const user = new User();
    const gauntlet =
      'gauntlet:\n  gates:\n    - {metric: triage_balanced_acuracy, test: at-least, limit: 0.5}';
    writeFileSync(path.join(user.folder('p'), 'ratchet.yaml'), projectYaml('post', {gauntlet}));
    expect(await refused(user, ['run', 'p'])).toBe(
      'ratchet: p/ratchet.yaml:14: gauntlet.gates[0].metric: expected a metric of this project (did you mean "triage_balanced_accuracy"?), got "triage_balanced_acuracy"',
    );
  });

  test('a row key that is none: the value is not shown', async () => {
    const user = new User();
    writeFileSync(path.join(user.folder('p'), 'ratchet.yaml'), projectYaml());
    const line = await refused(user, ['up', 'p', '--detach'], {env: {RATCHET_PROJECT_KEY: 'sekrit'}});
    expect(line).toContain('RATCHET_PROJECT_KEY holds no row key: expected 64 hex digits, got 6 characters');
    expect(line).not.toContain('sekrit');
  });

  test('a store that is none', async () => {
    const user = new User();
    writeFileSync(path.join(user.folder('p'), 'ratchet.yaml'), projectYaml());
    expect(await refused(user, ['runs', 'p'], {env: {RATCHET_STORE: 'ftp://x'}})).toBe(
      'ratchet: "ftp://x" is no store: expected file:///folder or s3://bucket/prefix',
    );
  });
});

describe('which project', () => {
  test('the argument, else --project, else ./ratchet.yaml, else the one last used from this folder, else all that are known', async () => {
    const user = new User();
    const folders = ['a', 'b', 'c'].map((name) => {
      const folder = user.folder(name);
      writeFileSync(path.join(folder, 'ratchet.yaml'), projectYaml(`post-${name}`));
      return folder;
    });
    const elsewhere = user.folder('elsewhere');
    const audited = async (args: readonly string[], from: string) => {
      const {stdout, code} = await user.ratchet(['audit', 'verify', '--json', ...args], {from});
      expect(code).toBe(0);
      return (JSON.parse(stdout) as {project: string}[]).map(({project}) => project);
    };
    expect(await audited([folders[1]!], folders[0]!)).toEqual(['post-b']);
    expect(await audited(['--project', '../c/ratchet.yaml'], folders[0]!)).toEqual(['post-c']);
    expect(await audited([], folders[0]!)).toEqual(['post-a']);
    expect((await audited([], elsewhere)).sort()).toEqual(['post-a', 'post-b', 'post-c']);
    expect(await audited(['post-b'], elsewhere)).toEqual(['post-b']);
    // `down` works on one project, so it is the one last used from here.
    expect((await user.ratchet(['down', 'post-c'], {from: elsewhere})).code).toBe(0);
    expect(await audited([], elsewhere)).toEqual(['post-c']);
  });
});

describe('a reader that has enough', () => {
  test.each([
    ['stdout', ['run', '--help'], 0],
    ['stderr', ['runs', 'nobody'], 2],
  ] as const)('ends nothing: a closed %s is no error', async (name, args, code) => {
    const user = new User();
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd: user.home,
      env: user.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child[name].destroy();
    let other = '';
    child[name === 'stdout' ? 'stderr' : 'stdout'].on('data', (chunk: Buffer) => (other += chunk.toString()));
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(code);
    expect(other).toBe('');
  });
});

describe('an error nobody expected', () => {
  test('is one line; RATCHET_DEBUG=1 shows the stack', async () => {
    const user = new User();
    const folder = user.folder('p');
    writeFileSync(path.join(folder, 'ratchet.yaml'), projectYaml());
    // The folder of the keys is a file.
    writeFileSync(path.join(user.home, 'config'), '');
    const {code, stderr} = await user.ratchet(['keys', 'list']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^ratchet: unexpected: ENOTDIR.* \(set RATCHET_DEBUG=1 for the stack\)\n$/);
    const debug = await user.ratchet(['keys', 'list'], {env: {RATCHET_DEBUG: '1'}});
    expect(debug.stderr).toMatch(/\n\s+at /);
  });
});
