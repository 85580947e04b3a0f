import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {beforeAll, expect, test} from 'vitest';
import {releaseDigest} from '../../core/identity/release-digest.ts';
import type {ReleaseV1} from '../../schemas/release.ts';
import {User} from './cli.ts';
import {prepare, type Prepared} from './prepared-store.ts';
import {projectYaml} from './project-yaml.ts';

let user: User;
let folder: string;
let there: Prepared;
/** The candidate with another prompt. */
let edited: ReleaseV1;

beforeAll(async () => {
  user = new User();
  folder = user.folder('post');
  writeFileSync(path.join(folder, 'ratchet.yaml'), projectYaml());
  there = await prepare(pathToFileURL(path.join(folder, '.ratchet', 'store')).href);
  const {triage} = there.candidate.prompts;
  const body = {
    ...there.candidate,
    prompts: {triage: {...triage!, template: 'Read this:\n{{body}}\u001b[2J Answer:'}},
    parent: there.candidate.digest,
  };
  edited = {...body, digest: releaseDigest(body)};
  await there.stores.registry.putRelease(edited);
});

async function text(...args: string[]): Promise<string> {
  const {code, stdout, stderr} = await user.ratchet(['diff', ...args], {from: folder});
  expect({code, stderr}).toEqual({code: 0, stderr: ''});
  return stdout;
}
async function refused(...args: string[]): Promise<string> {
  const {code, stdout, stderr} = await user.ratchet(['diff', ...args], {from: folder});
  expect({code, stdout}).toEqual({code: 2, stdout: ''});
  return stderr.trimEnd();
}
const short = ({digest}: Pick<ReleaseV1, 'digest'>): string => digest.slice(0, 12);

test('from the base to a fine-tuned release: model, training and data differ, the rest is named as the same', async () => {
  const shown = await text(there.base.digest.slice(0, 8), 'stable');
  expect(shown).toContain(`post: from release ${short(there.base)} to ${short(there.candidate)}\n`);
  expect(shown).toMatch(
    new RegExp(`Model\n +before +after\n +adapter +none +${short(there.candidate.adapter!)}\n`),
  );
  expect(shown).toMatch(/\n +rows\.train +none +4\n/);
  expect(shown).toContain('\nPrompts, input, guardrails and index are the same.\n');
  expect(shown).toMatch(/\n +triage_balanced_accuracy at-least 0\.5 +yes +– +pass\n/);
  expect(shown).toMatch(/\n +triage_balanced_accuracy +– +0\.9 \[0\.8, 0\.95\]\n/);
  expect(shown).toContain(`Both were measured on the same rows, in the report of ${short(there.candidate)}.`);
});

test('with one release: from its parent; the lines of a prompt, none of which acts on the terminal', async () => {
  const shown = await text(edited.digest);
  expect(shown).toContain(`post: from release ${short(there.candidate)} to ${short(edited)}\n`);
  expect(shown).toContain(
    '  tasks.triage.prompt\n    - {{body}} Answer:\n    + Read this:\n    + {{body}}\\u001b[2J Answer:\n',
  );
  expect(shown).toContain('Model, input, guardrails, index, training settings and data are the same.');
});

test('as JSON, by area', async () => {
  const {code, stdout} = await user.ratchet(['diff', edited.digest, '--json'], {from: folder});
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    project: 'post',
    before: there.candidate.digest,
    after: edited.digest,
    areas: [
      {area: 'model', changes: []},
      {area: 'prompts', changes: [{part: 'tasks.triage.prompt', before: '{{body}} Answer:'}]},
      {area: 'input', changes: []},
      {area: 'guardrails', changes: []},
      {area: 'index', changes: []},
      {area: 'training', changes: []},
      {area: 'data', changes: []},
    ],
    rows: null,
  });
});

test('a release with itself', async () => {
  expect(await text('stable', there.candidate.digest)).toContain('Every part is the same.');
});

test('what cannot be compared', async () => {
  expect(await refused(there.base.digest)).toBe(
    `ratchet: release ${short(there.base)} has no parent to compare with: name two releases (\`ratchet releases post\`)`,
  );
  expect(await refused('stable', 'canary')).toBe(
    'ratchet: post has no canary release now: `ratchet releases post` lists what it has',
  );
  expect(await refused('0123456789')).toMatch(/^ratchet: no release starts with 0123456789 in /);
  expect(await refused()).toMatch(/missing required argument 'release'/);
});
