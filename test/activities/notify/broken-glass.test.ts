import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import type {Client} from '@temporalio/client';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {tellOfBrokenGlass} from '../../../activities/notify/broken-glass.ts';
import type {NotifyInput} from '../../../schemas/notify.ts';
import {openStores, type Stores} from '../../../stores/stores.ts';
import {projectYaml} from '../../cli/project-yaml.ts';
import {proved} from '../../people.ts';
import {A, B, PROJECT, approve, enter, people, policyOfTest, run} from '../../stores/audit/signed-chain.ts';

const {eve} = people;
let folder: string;
let stores: Stores;
const told: {readonly workflowId: string; readonly args: readonly [NotifyInput]}[] = [];
const client = {
  workflow: {
    start: async (name: string, options: (typeof told)[number]) => {
      expect(name).toBe('notify');
      told.push(options);
    },
  },
} as unknown as Client;
const tell = (now = Date.now()) =>
  tellOfBrokenGlass(
    {project: PROJECT, now},
    {stores, file: path.join(folder, 'ratchet.yaml'), client: async () => client},
  );

beforeEach(async () => {
  told.length = 0;
  folder = await mkdtemp(path.join(tmpdir(), 'ratchet-broken-glass-'));
  stores = await openStores(pathToFileURL(path.join(folder, 'store')).href);
  const notify = `notify:\n  - {url: 'http://127.0.0.1:9/hook', secret_env: HOOK, events: [break_glass]}\n  - {url: 'http://127.0.0.1:9/other', secret_env: HOOK, events: [promoted]}`;
  await writeFile(path.join(folder, 'ratchet.yaml'), projectYaml(PROJECT, {notify}));
  await enter(stores, policyOfTest());
  await stores.pointers.bootstrap(PROJECT, '0'.repeat(64), {by: 'otto', why: 'the bare base'});
  for (const release of [A, B]) {
    const of = run(`run of ${release}`);
    await approve(stores, of, release);
    await stores.pointers.move(PROJECT, () => ({
      move: {stable: release, canary: null, shadow: null, by: of.rollout, why: 'promote'},
    }));
  }
});
afterEach(() => rm(folder, {recursive: true, force: true}));

async function breakGlass(signed: boolean): Promise<void> {
  await stores.pointers.rollback(PROJECT, A, {
    by: 'eve',
    why: 'nonsense',
    breakGlass: true,
    sign: (about) =>
      signed ? proved(eve, {project: PROJECT, act: 'break_glass', about, comment: 'nonsense'}) : undefined,
  });
}

test('whoever asked to be told of it is, with who, why and where to', async () => {
  await tell();
  expect(told).toEqual([]);
  await breakGlass(true);
  await tell();
  const {seq} = (await stores.audit(PROJECT).last())!;
  expect(told.map(({args: [{notice, url}]}) => ({...notice, url}))).toEqual([
    {
      id: `break_glass/${PROJECT}/${seq}`,
      event: 'break_glass',
      project: PROJECT,
      at: expect.any(String) as string,
      facts: {by: 'eve', release: A, entry: seq, reason: 'nonsense'},
      url: 'http://127.0.0.1:9/hook',
    },
  ]);
  // Temporal starts no second workflow under the same ID.
  await tell();
  expect(new Set(told.map(({workflowId}) => workflowId)).size).toBe(1);
  // What is days old was told, or is to be read in the chain.
  told.length = 0;
  await tell(Date.now() + 3 * 86_400_000);
  expect(told).toEqual([]);
});

test('what nobody signed is a break of the chain, and no notice', async () => {
  await breakGlass(false);
  await tell();
  expect(told).toEqual([]);
});
