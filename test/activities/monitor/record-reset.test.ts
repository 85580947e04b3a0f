import {afterEach, beforeEach, expect, it} from 'vitest';
import {recordReset} from '../../../activities/monitor/activities.ts';
import type {SignedAct} from '../../../schemas/access.ts';
import {act, as, person, twin} from '../../people.ts';
import {projectOf, type TestProject} from '../../workflows/project-of.ts';

const [otto, vera] = [person('otto'), person('vera')];
const monitor = {monitor: 'monitor/post', run: 'a-run-id'};
const signed = (change: {expiry?: string; about?: Record<string, string>} = {}, by = otto): SignedAct =>
  act(by, {project: 'post', act: 'reset', about: monitor, comment: 'labels repaired', ...change});
const at = (minute: number): string => new Date(Date.now() + minute * 60_000).toISOString();

let project: TestProject;
beforeEach(async () => {
  project = await projectOf('post', {approval: {approvers: [as(otto, 'operator'), as(vera, 'viewer')]}});
});
afterEach(() => project.remove());

const reset = (when: string, one?: SignedAct) =>
  recordReset(
    {project: 'post', at: when, by: 'otto', comment: '', ...monitor, ...(one && {signed: one})},
    project.context,
  );

it('what was signed closes the circuit once, whenever it comes again and however often the activity is retried', async () => {
  const [one, first] = [signed(), at(0)];
  expect(await reset(first, one)).toEqual({status: 'closed', by: 'otto'});
  // A worker that died before it answered.
  expect(await reset(first, one)).toEqual({status: 'closed', by: 'otto'});
  const used = {status: 'refused', reason: 'this signature has been used: sign again'};
  expect(await reset(at(1), one)).toEqual(used);
  // By the monitor's next run, or one whose clock is a day ahead.
  expect(await reset(at(24 * 60), one)).toEqual(used);
  const closed = (await project.audited()).filter(({kind}) => kind === 'circuit');
  expect(closed).toMatchObject([
    {actor: 'otto', data: {closed: true, reset: first, comment: 'labels repaired', proof: 'signed'}},
  ]);
  expect(await reset(at(2), signed({expiry: at(30)}))).toEqual({status: 'closed', by: 'otto'});
});

it.each<[string, () => SignedAct | undefined, RegExp]>([
  ['nobody', () => undefined, /^to reset takes a signature/],
  ['a viewer', () => signed({}, vera), /^vera has the role viewer, expected operator to close the circuit/],
  ['an operator for another run of it', () => signed({about: {...monitor, run: 'x'}}), /^signed for run "x"/],
  ['an operator, for a day', () => signed({expiry: at(24 * 60)}), /expected an hour from now at most/],
  ['an operator, a minute ago', () => signed({expiry: at(-1)}), /^the signature expired at/],
])('signed by %s it stays open', async (_, one, reason) => {
  expect(await reset(at(0), one())).toEqual({status: 'refused', reason: expect.stringMatching(reason)});
  expect(await project.audited()).toEqual([]);
});

it('a signature in another text is none', async () => {
  const one = signed();
  await expect(reset(at(0), {...one, signature: twin(one.signature)})).rejects.toMatchObject({
    type: 'InvalidInput',
  });
  expect(await project.audited()).toEqual([]);
});
