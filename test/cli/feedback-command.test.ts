import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {beforeAll, expect, test} from 'vitest';
import {traceId} from '../../core/identity/trace-id.ts';
import type {ProvedAct} from '../../schemas/access.ts';
import type {Trace} from '../../schemas/trace.ts';
import type {ListedFeedback} from '../../cli/listed-feedback.ts';
import {User} from './cli.ts';
import {prepare, type Prepared} from './prepared-store.ts';
import {projectYaml} from './project-yaml.ts';

// With the stack down: what users said, and what a person says of it.
let user: User;
let folder: string;
let there: Prepared;
beforeAll(async () => {
  user = new User();
  folder = user.folder('post');
  const people = [];
  for (const [name, role] of [
    ['anna', 'approver'],
    ['otto', 'operator'],
  ]) {
    const {stdout} = await user.ratchet(['keys', 'create', name!, '--json']);
    people.push(
      `{name: ${name}, key: '${(JSON.parse(stdout) as {public: string}).public}', roles: [${role}]}`,
    );
  }
  const approval = `approval:\n  approvers:\n${people.map((one) => `    - ${one}\n`).join('')}`;
  // About half of the corrected answers below.
  const retrain = 'retrain:\n  golden: 0.5';
  writeFileSync(path.join(folder, 'ratchet.yaml'), `${projectYaml('post', {approval})}\n${retrain}\n`);
  there = await prepare(pathToFileURL(path.join(folder, '.ratchet', 'store')).href);
});

const ratchet = (...args: string[]) => user.ratchet(args, {from: folder});
async function json<T>(...args: string[]): Promise<T> {
  const {code, stdout, stderr} = await ratchet(...args, '--json');
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as T;
}
async function refused(code: number, ...args: string[]): Promise<string> {
  const answer = await ratchet(...args);
  expect({code: answer.code, stdout: answer.stdout}, answer.stderr).toEqual({code, stdout: ''});
  return answer.stderr.trimEnd();
}
const list = (...args: string[]) => json<ListedFeedback>('feedback', 'list', ...args);
const waiting = async () => (await list()).records;
const ids = async () => (await waiting()).map(({id}) => id);

test('without a row key there is nothing to name rows by, and the command says what makes one', async () => {
  expect(await refused(2, 'feedback', 'list')).toBe(
    `ratchet: ${folder} has no row key yet: run ratchet run post first`,
  );
  writeFileSync(path.join(folder, '.ratchet', 'project.key'), 'ab'.repeat(32), {mode: 0o600});
});

test('nobody corrected anything that would be golden', async () => {
  // The one answer of the prepared store is corrected; the split gives it to training.
  expect(await ids()).toEqual([]);
  expect((await ratchet('feedback', 'list')).stdout).toBe('no feedback waits for a review\n');
  const nothing = await ratchet('feedback', 'review', '--key', 'anna');
  expect(nothing).toEqual({code: 0, stdout: '', stderr: 'no feedback waits for a review\n'});
});

async function corrected(traces: readonly Trace[], correction: string): Promise<void> {
  const {traces: stored} = there.stores;
  await stored.append('post', traces);
  await stored.appendFeedback(
    'post',
    traces.map(({id, at}) => ({
      v: 1 as const,
      id: `f${id}`,
      at,
      project: 'post',
      trace: id,
      correction,
      key: 'aaaaaaaaaaaa',
    })),
  );
}

test('list names who said what; its texts say nothing to the terminal', async () => {
  const {trace} = there;
  const traces = Array.from({length: 12}, (_, i) => {
    const at = Date.parse(trace.at) + i;
    const body =
      i === 0 ? 'escape \u001b]52;c;eA==\u0007 and more' : `Letter number ${i}, ${'long '.repeat(20)}`;
    return {
      ...trace,
      id: traceId(at, Buffer.alloc(12, i + 20)),
      at: new Date(at).toISOString(),
      row: `order/${i}`,
      fields: {body},
    };
  });
  await corrected(traces, 'bad');
  const {listing, records} = await list();
  expect(records.length).toBeGreaterThan(3);
  expect(records[0]).toMatchObject({label: 'bad', key: 'aaaaaaaaaaaa', reviewed: false, standing: 'waits'});
  const shown = await ratchet('feedback', 'list');
  for (const {id, digest} of records)
    expect(shown.stdout).toMatch(new RegExp(`^${id} +${digest}  waits `, 'm'));
  expect(shown.stdout).toMatch(
    new RegExp(`\n\nall of them: ratchet feedback review --accept-all ${listing}\n$`),
  );
  expect(shown.stdout).toContain('aaaaaaaaaaaa');
  expect(shown.stdout).not.toContain('\u001b]52');
});

test('list --all shows those, too, that would only be learned from', async () => {
  const {records} = await list('--all');
  expect(new Set(records.map(({standing}) => standing))).toEqual(new Set(['waits', 'trains', 'over_limit']));
  const {stdout} = await ratchet('feedback', 'list', '--all');
  for (const {id} of records) expect(stdout).toContain(`${id}  `);
  expect(stdout).not.toContain('--accept-all');
});

test('who may not review, or names what does not wait, changes nothing', async () => {
  const {listing, records: before} = await list();
  const {id, digest} = before[0]!;
  const review = (...args: string[]) => ['feedback', 'review', ...args] as const;
  expect(await refused(1, ...review('--accept-all', listing, '--key', 'otto'))).toBe(
    'ratchet: refused: otto has the role operator, expected approver to review feedback; who may: anna',
  );
  expect(await refused(2, ...review('--accept', id, '--key', 'anna'))).toBe(
    `ratchet: --accept ${id}: no feedback has that digest now: ratchet feedback list prints the digest of what each says`,
  );
  expect(await refused(2, ...review('--reject', 'order/99', '--key', 'anna'))).toBe(
    'ratchet: --reject order/99: no feedback of that name: ratchet feedback list --all names them',
  );
  expect(await refused(2, ...review('--key', 'anna'))).toBe(
    'ratchet: no terminal to ask on: give --accept, --reject or --accept-all',
  );
  expect(await refused(2, ...review('--accept', digest, '--reject', id, '--key', 'anna'))).toBe(
    `ratchet: --reject ${id}: it is accepted in the same call: name it once`,
  );
  expect(await list()).toEqual({listing, records: before});
});

test('what says something else than was listed is accepted by no digest of before', async () => {
  const {listing, records: before} = await list();
  const {id, digest} = before[0]!;
  const at = Date.parse(there.trace.at) + 100;
  const again = {id: traceId(at, Buffer.alloc(12, 99)), at: new Date(at).toISOString()};
  // The same row, as the one who asked names it.
  await corrected([{...there.trace, ...again, row: id, fields: {body: 'Something else'}}], 'good');
  expect(await refused(2, 'feedback', 'review', '--accept', digest, '--key', 'anna')).toContain(
    `--accept ${digest}: no feedback has that digest now`,
  );
  expect(await refused(2, 'feedback', 'review', '--accept-all', listing, '--key', 'anna')).toBe(
    `ratchet: --accept-all ${listing}: something else waits now than was listed: look at ratchet feedback list again`,
  );
});

test('an approver signs which were accepted and which rejected; the chain holds', async () => {
  const [first, second, ...rest] = await waiting();
  const trains = (await list('--all')).records.find(({standing}) => standing === 'trains')!;
  const decide = ['--accept', first!.digest, '--reject', second!.id, trains.digest];
  const told = await json('feedback', 'review', ...decide, '--key', 'anna');
  expect(told).toEqual({project: 'post', by: 'anna', entry: 4, accepted: 1, rejected: 2});
  // What a person has seen counts against no limit: there is room for others of the key.
  const left = await ids();
  expect(left).toEqual(expect.arrayContaining(rest.map(({id}) => id)));
  expect(left).not.toEqual(expect.arrayContaining([first!.id]));
  expect(left).not.toEqual(expect.arrayContaining([second!.id]));
  const {listing} = await list();
  const comment = ['--comment', 'looked at them'];
  const all = await ratchet('feedback', 'review', '--accept-all', listing, '--key', 'anna', ...comment);
  expect(all.stdout).toBe(
    `${left.length} accepted, 0 rejected by anna; entry 5. The next retrain reads it\n`,
  );
  expect((await ids()).filter((id) => left.includes(id))).toEqual([]);
  // An accepted one is taken back.
  await json('feedback', 'review', '--reject', first!.id, '--key', 'anna');
  const standing = (await list('--all')).records.find(({id}) => id === first!.id)!.standing;
  expect(standing).toBe('rejected');
  const entries = [];
  for await (const {kind, actor, data} of there.stores.audit('post').entries())
    if (kind === 'feedback_review')
      entries.push({actor, comment: (data['signed'] as ProvedAct).payload.comment});
  expect(entries).toEqual([
    {actor: 'anna', comment: ''},
    {actor: 'anna', comment: 'looked at them'},
    {actor: 'anna', comment: ''},
  ]);
  expect((await ratchet('audit', 'verify')).code).toBe(0);
});
