import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {beforeAll, expect, test} from 'vitest';
import {forTerminal, styled} from '../../cli/output.ts';
import {traceId} from '../../core/identity/trace-id.ts';
import {logOf} from '../../telemetry/log.ts';
import {User} from './cli.ts';
import {prepare} from './prepared-store.ts';
import type {Prepared} from './prepared-store.ts';
import {projectYaml} from './project-yaml.ts';

/** Clears the screen, sets the title, writes the clipboard (OSC 52), conceals; C1's CSI; turns text around; hides text. */
const HOSTILE =
  '\u001b[2J\u001b]0;pwned\u0007\u001b]52;c;cm0gLXJmIH4=\u0007\u001b[8m\u009b2J\u202edlrow\u2066\u{e0041}\u200bham\r';
/** What must not reach a terminal: anything but printable characters, line feed and tab. */
const ACTS =
  /[\0-\x08\v-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/u;

let user: User;
let folder: string;
let there: Prepared;
let id: string;

beforeAll(async () => {
  user = new User();
  folder = user.folder('post');
  writeFileSync(path.join(folder, 'ratchet.yaml'), projectYaml());
  there = await prepare(pathToFileURL(path.join(folder, '.ratchet', 'store')).href);
  const {traces, pointers, audit} = {...there.stores, audit: there.stores.audit('post')};
  const at = Date.parse('2002-12-03T12:20:00.000Z');
  id = traceId(at, new Uint8Array(12).fill(9));
  const fields = {subject: `${HOSTILE}\nfeedback\nrating 1`};
  await traces.append('post', [
    {...there.trace, id, at: new Date(at).toISOString(), fields, output: HOSTILE, row: HOSTILE},
  ]);
  const feedback = {id: 'f9', project: 'post', trace: id, correction: `${HOSTILE}\nmore`};
  await traces.appendFeedback('post', [{v: 1, at: new Date(at + 1000).toISOString(), ...feedback}]);
  await audit.append({kind: 'drift', actor: HOSTILE, data: {columns: [HOSTILE], said: `a\nb${HOSTILE}`}});
  await pointers.rollback('post', there.base.digest, {by: HOSTILE, why: HOSTILE});
});

test.each([
  ['trace TRACE', {}],
  ['trace TRACE', {NO_COLOR: '', FORCE_COLOR: '1'}],
  ['trace TRACE --json', {}],
  ['audit list', {NO_COLOR: '', FORCE_COLOR: '1'}],
  ['audit list --json', {}],
  ['releases', {}],
  ['lineage TRACE', {}],
  ['lineage TRACE --json', {}],
])('%s %o writes nothing that acts on a terminal', async (command, env) => {
  const {stdout, stderr} = await user.ratchet(command.replace('TRACE', id).split(' '), {from: folder, env});
  expect(stderr).toBe('');
  expect(stdout.replace(/\u001b\[(?:0|1|2|22|3[1236]|39|90)m/g, '')).not.toMatch(ACTS);
});

test('what was written is still to be read: escaped as JSON does it, and the same in JSON', async () => {
  const shown = await user.ratchet(['trace', id], {from: folder});
  expect(shown.stdout).toContain('  | \\u001b[2J\\u001b]0;pwned\\u0007');
  // A line of the user's text is no line of the command's own.
  expect(shown.stdout).not.toMatch(/^rating 1$/m);
  expect(shown.stdout).toContain('  | rating 1');
  expect(shown.stdout).toMatch(/correction: .*\\nmore$/m);
  const json = await user.ratchet(['trace', id, '--json'], {from: folder});
  expect((JSON.parse(json.stdout) as {trace: {output: string}}).trace.output).toBe(HOSTILE);
});

test('an argument comes back without what acts', async () => {
  for (const args of [
    ['trace', HOSTILE.replaceAll('\0', '')],
    ['lineage', HOSTILE],
    [`${HOSTILE}`],
    ['runs', HOSTILE],
    ['runs', `--${HOSTILE}`],
  ]) {
    const {code, stderr} = await user.ratchet(args, {from: folder});
    expect(code).toBe(2);
    expect(stderr).toContain('\\u001b[2J');
    expect(stderr).not.toMatch(ACTS);
  }
});

test('a styled text is written as it is, whatever stands in it', () => {
  expect(forTerminal(styled('bold', "it's $& and $' and $1"))).toBe("it's $& and $' and $1");
});

test('a line of a log is one line, and acts on nothing', () => {
  const lines: string[] = [];
  for (const format of ['text', 'json'] as const)
    logOf({part: 'gateway', format, write: (line) => lines.push(line)})(`no ${HOSTILE}`, {run: HOSTILE});
  for (const line of lines) {
    expect(line.trimEnd()).toContain('\\u001b[2J');
    expect(line).not.toMatch(ACTS);
  }
});
