import {chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {expect, test} from 'vitest';
import {parse} from 'yaml';
import {reviews} from '../core/onboarding/reviews.ts';
import {User} from './cli.ts';

const TEAMS = ['billing', 'delivery', 'technical'];
const WORDS =
  'amber birch cedar delta ember fjord grove harbour island jungle kettle lantern meadow north'.split(' ');

/** Tickets of three classes, no two alike; the first names an address. */
function tickets(n: number): string {
  const rows = Array.from({length: n}, (_, i) => {
    const words = Array.from(
      {length: 9},
      (__, j) => WORDS[(i * 7 + j * (i % 5) + j) % WORDS.length] + String(i * 31 + j),
    );
    const mail = i === 0 ? 'write to nora@example.org, ' : '';
    return `${i},"The ${TEAMS[i % 3]} matter: ${mail}${words.join(' ')}",${TEAMS[i % 3]}`;
  });
  return `ticket_id,body,team\n${rows.join('\n')}\n`;
}

test('init, validate and doctor: from a CSV file to a project that holds', async () => {
  const user = new User();
  writeFileSync(path.join(user.home, 'tickets.csv'), tickets(150));
  const made = await user.ratchet(['init', 'support', '--from', 'tickets.csv', '--key', 'anna']);
  expect(made.code).toBe(0);
  expect(made.stdout).toContain('support/ratchet.yaml: classification, from 150 rows');
  const folder = path.join(user.home, 'support');
  const text = readFileSync(path.join(folder, 'ratchet.yaml'), 'utf8');
  expect(text).toMatch(/^# yaml-language-server: \$schema=\.\/\.ratchet\/ratchet\.schema\.json\n/);
  expect(parse(text)).toMatchObject({
    project: 'support',
    sources: [
      {uri: 'file:../tickets.csv', format: 'csv', fields: {id: 'ticket_id', text: 'body', label: 'team'}},
    ],
    tasks: {team: {kind: 'classification', labels: TEAMS}},
    approval: {approvers: [{name: 'anna', key: expect.stringMatching(/^ed25519:/), roles: ['approver']}]},
  });
  expect(
    JSON.parse(readFileSync(path.join(folder, '.ratchet', 'ratchet.schema.json'), 'utf8')),
  ).toHaveProperty('title', 'ratchet.yaml');
  expect(readFileSync(path.join(folder, '.gitignore'), 'utf8')).toBe('.ratchet/\n');

  const valid = await user.ratchet(['validate', 'support', '--json']);
  expect(valid.code).toBe(0);
  const seen = JSON.parse(valid.stdout);
  expect(seen.sources).toEqual([{name: 'rows', records: 150, read: 150, kept: 150, whole: true}]);
  expect(seen.used.team.train.of).toBe(total(seen.tasks.team.train));
  expect(seen.used.team.golden).toMatchObject({used: total(seen.tasks.team.golden)});
  expect(seen.scrubbed).toEqual({email: 1});
  expect(valid.stdout).not.toContain('nora@example.org');
  const {train, validation, golden} = seen.tasks.team;
  const all = [train, validation, golden].flatMap((split: Record<string, number>) => Object.values(split));
  expect(all.reduce((sum: number, n: number) => sum + n, 0)).toBe(150);

  const doctor = await user.ratchet(['doctor', 'support', '--json']);
  const checks = JSON.parse(doctor.stdout) as {name: string; state: string; found: string}[];
  const state = Object.fromEntries(checks.map((check) => [check.name, check.state]));
  expect(state).toMatchObject({
    Node: 'ok',
    'npm packages': 'ok',
    store: 'ok',
    clock: 'ok',
    'row key': 'ok',
    approvers: 'ok',
  });
  expect(checks.find(({name}) => name === 'approvers')!.found).toBe('anna; you sign as anna');

  chmodSync(path.join(folder, '.ratchet', 'project.key'), 0o644);
  const open = await user.ratchet(['doctor', 'support']);
  expect(open.code).toBe(1);
  expect(open.stdout).toMatch(/fail {2}row key: .*project\.key can be read by others\n {6}→ chmod 600 /);
});

test('a JSON list becomes the same project as its rows one a line', async () => {
  const user = new User();
  const rows = reviews(60);
  writeFileSync(path.join(user.home, 'rows.json'), JSON.stringify(rows, null, 2));
  writeFileSync(path.join(user.home, 'rows.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
  const made = async (file: string) => {
    const {code, stdout} = await user.ratchet(['init', file.replace('.', '-'), '--from', file, '--yes']);
    expect(code).toBe(0);
    // The first of them makes the key.
    const same = stdout.replace(/^ {2}approver .*/m, '');
    return same.replaceAll(file, 'FILE').replaceAll(file.replace('.', '-'), 'PROJECT');
  };
  expect(await made('rows.json')).toBe(await made('rows.jsonl'));
  expect(readFileSync(path.join(user.home, 'rows-json/ratchet.yaml'), 'utf8')).toMatch(
    /uri: ['"]?file:\.\.\/rows\.json['"]?\s+format: json$/m,
  );
});

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, n) => sum + n, 0);
}

/** An export as people have them: BOM, `;`, values over lines, an id twice, spellings, rows without a label or values. */
function messyReviews(): string {
  const quoted = (value: string): string =>
    /[;"\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  const rows: string[][] = reviews(300).map(({id, thread, type, day, comment, outcome}, i) => [
    id,
    thread,
    type,
    day,
    i % 9 === 0 ? comment.replace(' ', '\n') : comment,
    i < 6 ? '' : outcome,
  ]);
  rows.push(rows[7]!, rows[8]!, ['R900', 'T-1']);
  const lines = [['id', 'thread', 'type', 'day', 'comment', 'outcome'], ...rows];
  return `\uFEFF${lines.map((row) => row.map(quoted).join(';')).join('\r\n')}\r\n`;
}

test('a messy export: the answer by content, spellings as aliases, threads in one split, counts that agree', async () => {
  const user = new User();
  writeFileSync(path.join(user.home, 'reviews.csv'), messyReviews());
  const made = await user.ratchet(['init', 'reviews', '--from', 'reviews.csv', '--yes']);
  expect(made.code).toBe(0);
  const lines = made.stdout.split('\n');
  expect(lines[0]).toBe('reviews/ratchet.yaml: classification, from 302 rows (1 more cannot be read)');
  expect(made.stdout).toMatch(
    /^ {2}answer {4}outcome: 5 different values, which the words of the text tell apart/m,
  );
  expect(made.stdout).toMatch(
    /^ {2}not {7}type: 2 different values, which the words of the text do not tell apart/m,
  );
  expect(made.stdout).toMatch(/^ {2}group {5}thread: 60 different values in 302 rows/m);
  expect(made.stdout).toContain('column "id": 2 of 302 rows repeat the id of another');
  expect(made.stdout).toContain('6 of 302 rows have no "outcome": a run drops them as no_label');
  const config = parse(readFileSync(path.join(user.home, 'reviews', 'ratchet.yaml'), 'utf8'));
  expect(config.sources[0].uri).toBe('file:../reviews.csv');
  expect(config.curation.split.group).toBe('thread');
  const {labels} = config.tasks.outcome as {labels: Record<string, string[]>};
  expect(Object.values(labels).map((aliases) => aliases.length)).toEqual([1, 2]);

  const valid = await user.ratchet(['validate', 'reviews', '--json']);
  const seen = JSON.parse(valid.stdout);
  const [{records, read, kept}] = seen.sources;
  expect([records, read]).toEqual([303, 303]);
  const dropped = Object.values(seen.drops as Record<string, {rows: number}>);
  expect(kept + dropped.reduce((sum, {rows}) => sum + rows, 0)).toBe(303);
  expect(seen.drops).toMatchObject({malformed: {rows: 1}, no_label: {rows: 6}, exact_duplicate: {rows: 2}});
  const splits = Object.values(seen.tasks.outcome as Record<string, Record<string, number>>);
  expect(splits.reduce((sum, split) => sum + total(split), 0)).toBe(kept);
  expect(Object.keys(seen.tasks.outcome.train)).toEqual(Object.keys(labels));
  // Rows of both classes are shown, and a split that holds one alone is said.
  const shown = (seen.shown as {completion: string}[]).map(({completion}) => completion.trim());
  if (shown.length > 0) expect(new Set(shown)).toEqual(new Set(Object.keys(labels)));
  const file = path.join(user.home, 'reviews', 'ratchet.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('group: thread', 'group: outcome'));
  const {warnings} = JSON.parse((await user.ratchet(['validate', 'reviews', '--json'])).stdout);
  expect(warnings).toContainEqual(
    expect.stringMatching(/^outcome: no row of \w+ in the golden split: another curation\.split\.seed/),
  );
});

test('a source that is not there is refused before anything starts, in one line', async () => {
  const user = new User();
  await user.ratchet(['init', 'mine', '--template', 'classification']);
  rmSync(path.join(user.home, 'mine', 'data', 'rows.csv'));
  const folder = path.join(user.home, 'mine');
  const line = `ratchet: source "rows": no file matches file:data/rows.csv (seen from ${folder}): put the file there, or change \`uri\` in ratchet.yaml\n`;
  for (const command of ['validate', 'run'])
    expect(await user.ratchet([command, 'mine'])).toMatchObject({code: 2, stdout: '', stderr: line});
});

test('init takes the key of the user’s own name before others, and never the demo’s', async () => {
  const user = new User();
  const init = async (folder: string) => {
    const {code, stdout} = await user.ratchet(['init', folder, '--template', 'chat', '--json']);
    expect(code).toBe(0);
    return JSON.parse(stdout) as {keyMade: boolean; remarks: string[]};
  };
  const approver = (folder: string): unknown =>
    parse(readFileSync(path.join(user.home, folder, 'ratchet.yaml'), 'utf8')).approval.approvers[0].name;
  const own = os.userInfo().username;

  await user.ratchet(['keys', 'create', 'demo']);
  expect(await init('first')).toMatchObject({keyMade: true});
  expect(approver('first')).toBe(own);

  await user.ratchet(['keys', 'create', 'aaron']);
  const {keyMade, remarks} = await init('second');
  expect(keyMade).toBe(false);
  expect(remarks.at(-1)).toBe(
    `${own} alone may approve, none of your other keys (aaron, demo); --key chooses another`,
  );
  expect(approver('second')).toBe(own);

  rmSync(path.join(user.home, 'config', 'ratchet', 'keys', `${own}.pem`));
  await init('third');
  expect(approver('third')).toBe('aaron');
});

test('init writes over nothing, and says what it cannot use', async () => {
  const user = new User();
  const folder = user.folder('mine');
  writeFileSync(path.join(folder, 'ratchet.yaml'), 'version: 1\n');
  expect(await user.ratchet(['init', 'mine', '--template', 'chat'])).toMatchObject({
    code: 2,
    stderr:
      'ratchet: mine/ratchet.yaml is there already, and nothing is overwritten: change it, or choose another folder\n',
  });
  expect((await user.ratchet(['init', 'new', '--from', 'gone.csv'])).stderr).toMatch(
    /^ratchet: --from: gone\.csv is not there/,
  );
  writeFileSync(path.join(user.home, 'rows.json'), '[]');
  expect((await user.ratchet(['init', 'new', '--from', 'rows.json'])).stderr).toContain(
    'file:../rows.json holds no record: expected rows',
  );
  writeFileSync(path.join(user.home, 'one.csv'), 'text\nhello there\nhello again\n');
  expect((await user.ratchet(['init', 'new', '--from', 'one.csv'])).stderr).toMatch(
    /no column looks like a class/,
  );
  const codes = Array.from({length: 153}, (_, i) => `the text of row ${i},code ${i % 51}`);
  writeFileSync(path.join(user.home, 'codes.csv'), `text,code\n${codes.join('\n')}\n`);
  expect((await user.ratchet(['init', 'many', '--from', 'codes.csv', '--answer', 'code'])).stdout).toContain(
    '  note      column "code" has 51 different values, more than the 50 classes of a classification: they are learned as written answers\n',
  );
  expect((await user.ratchet(['init', 'new'])).stderr).toMatch(/give --from FILE, or --template/);
  expect(statSync(path.join(user.home, 'new'), {throwIfNoEntry: false})).toBeUndefined();
});

test('validate ends with 1 and the reason where no run could get through', async () => {
  const user = new User();
  const folder = user.folder('support');
  writeFileSync(path.join(user.home, 'tickets.csv'), tickets(150));
  await user.ratchet(['init', 'support', '--from', 'tickets.csv'], {from: user.home});
  const file = path.join(folder, 'ratchet.yaml');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace(/test: at-least, limit: [\d.]+/, 'test: at-least, limit: 0.99'));
  const hard = await user.ratchet(['validate', 'support']);
  expect(hard.code).toBe(1);
  expect(hard.stderr).toMatch(
    /problem: gate team_balanced_accuracy at-least cannot pass: even faultless answers .*; add rows, or ask less of the gate/,
  );
  writeFileSync(file, text.replace(/approvers: .*/, 'approvers: []'));
  expect((await user.ratchet(['validate', 'support'])).stderr).toMatch(
    /expected at least 1 name with role approver/,
  );
  writeFileSync(file, text.replace('lora_r', 'lora_rank'));
  expect(await user.ratchet(['validate', 'support'])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/training\.lora_rank: expected a known key \(did you mean "lora_r"\?\)/),
  });
});

test('doctor without a project looks at the machine, and says how to make one', async () => {
  const user = new User();
  mkdirSync(path.join(user.home, 'empty'));
  const {stdout} = await user.ratchet(['doctor'], {from: path.join(user.home, 'empty')});
  expect(stdout).toMatch(/ok {4}Node: v/);
  expect(stdout).toMatch(/warn {2}ratchet\.yaml: no project here\n {6}→ `ratchet init FOLDER --from FILE`/);
});
