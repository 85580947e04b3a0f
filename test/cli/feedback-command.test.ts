import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {beforeAll, expect, test} from 'vitest';
import {traceId} from '../../core/identity/trace-id.ts';
import type {ProvedAct} from '../../schemas/access.ts';
import type {FeedbackRecord} from '../../stores/feedback-records.ts';
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
const ids = async () => (await json<FeedbackRecord[]>('feedback', 'list')).map(({id}) => id);

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
  const nothing = await ratchet('feedback', 'review', '--accept-all', '--key', 'anna');
  expect(nothing).toEqual({code: 0, stdout: '', stderr: 'no feedback waits for a review\n'});
});

test('list names who said what; its texts say nothing to the terminal', async () => {
  const {trace, stores} = there;
  const traces = Array.from({length: 12}, (_, i) => {
    const at = Date.parse(trace.at) + i;
    const body =
      i === 0 ? 'escape \u001b]52;c;eA==\u0007 and more' : `Letter number ${i}, ${'long '.repeat(20)}`;
    return {
      ...{...trace, id: traceId(at, Buffer.alloc(12, i + 20)), at: new Date(at).toISOString()},
      ...{row: `order/${i}`, fields: {body}},
    };
  });
  await stores.traces.append('post', traces);
  await stores.traces.appendFeedback(
    'post',
    traces.map(({id, at}) => ({
      ...{
        v: 1 as const,
        id: `f${id}`,
        at,
        project: 'post',
        trace: id,
        correction: 'bad',
        key: 'aaaaaaaaaaaa',
      },
    })),
  );
  const waiting = await json<FeedbackRecord[]>('feedback', 'list');
  expect(waiting.length).toBeGreaterThan(3);
  expect(waiting[0]).toMatchObject({label: 'bad', key: 'aaaaaaaaaaaa', reviewed: false});
  const shown = await ratchet('feedback', 'list');
  for (const {id} of waiting) expect(shown.stdout).toContain(`${id}  `);
  expect(shown.stdout).toContain('aaaaaaaaaaaa');
  expect(shown.stdout).not.toContain('\u001b]52');
});

test('who may not review, or names what does not wait, changes nothing', async () => {
  const before = await ids();
  expect(await refused(1, 'feedback', 'review', '--accept-all', '--key', 'otto')).toBe(
    'ratchet: refused: otto has the role operator, expected approver to review feedback',
  );
  expect(await refused(2, 'feedback', 'review', '--accept', 'order/99', '--key', 'anna')).toBe(
    'ratchet: --accept order/99: no feedback of that name waits for a review: ratchet feedback list names them',
  );
  expect(await refused(2, 'feedback', 'review', '--key', 'anna')).toBe(
    'ratchet: no terminal to ask on: give --accept, --reject or --accept-all',
  );
  expect(
    await refused(2, 'feedback', 'review', '--accept', before[0]!, '--reject', before[0]!, '--key', 'anna'),
  ).toBe(`ratchet: --reject ${before[0]}: it is accepted in the same call: name it once`);
  expect(await ids()).toEqual(before);
});

test('an approver signs which were accepted and which rejected; the chain holds', async () => {
  const [first, second, ...rest] = await ids();
  const told = await json('feedback', 'review', '--accept', first!, '--reject', second!, '--key', 'anna');
  expect(told).toEqual({project: 'post', by: 'anna', entry: 4, accepted: 1, rejected: 1});
  // What a person has seen counts against no limit: there is room for others of the key.
  const left = await ids();
  expect(left).toEqual(expect.arrayContaining(rest));
  expect(left).not.toEqual(expect.arrayContaining([first]));
  expect(left).not.toEqual(expect.arrayContaining([second]));
  const all = await ratchet(
    'feedback',
    'review',
    '--accept-all',
    '--key',
    'anna',
    '--comment',
    'looked at them',
  );
  expect(all.stdout).toBe(
    `${left.length} accepted, 0 rejected by anna; entry 5. The next retrain reads it\n`,
  );
  expect((await ids()).filter((id) => left.includes(id))).toEqual([]);
  const entries = [];
  for await (const {kind, actor, data} of there.stores.audit('post').entries())
    if (kind === 'feedback_review')
      entries.push({actor, comment: (data['signed'] as ProvedAct).payload.comment});
  expect(entries).toEqual([
    {actor: 'anna', comment: ''},
    {actor: 'anna', comment: 'looked at them'},
  ]);
  expect((await ratchet('audit', 'verify')).code).toBe(0);
});
