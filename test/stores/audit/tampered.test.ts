/** Each kind of document that is believed, changed by somebody who may write to the store and holds no key: what notices. */
import {globSync} from 'node:fs';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {canonicalJson} from '../../../core/identity/canonical-json.ts';
import {traceId} from '../../../core/identity/trace-id.ts';
import {RawLog, readRaw} from '../../../serving/gateway/raw-log.ts';
import {readAccess} from '../../../stores/access/access.ts';
import {DOCUMENTS} from '../../../stores/access/authorities.ts';
import {KeptVersions} from '../../../stores/registry/kept-versions.ts';
import {datasetAmiss} from '../../../stores/audit/prove-dataset.ts';
import {provenReport} from '../../../stores/audit/prove-report.ts';
import {retireRelease} from '../../../stores/registry/retirements.ts';
import {openStores, withRowKey, type Stores} from '../../../stores/stores.ts';
import {verifyAudit} from '../../../stores/audit/verify-audit.ts';
import {prepare, type Prepared} from '../../cli/prepared-store.ts';
import {as, person} from '../../people.ts';
import {approvalFact, enter, policyOfTest, run} from './signed-chain.ts';

const ROW_KEY = new Uint8Array(32).fill(7);
const eve = person('eve');

let folder: string;
let there: Prepared;
let stores: Stores;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ratchet-tampered-'));
  there = await prepare(pathToFileURL(folder).href);
  stores = withRowKey(there.stores, ROW_KEY);
});
afterEach(() => rm(folder, {recursive: true, force: true}));

const text = async (key: string): Promise<string> =>
  new TextDecoder().decode((await stores.objects.get(key))!.bytes);
async function change(key: string, from: string | RegExp, to: string): Promise<void> {
  const before = await text(key);
  expect(before.replace(from, to)).not.toBe(before);
  await stores.objects.put(key, before.replace(from, to));
}
const breaks = async (): Promise<string[]> =>
  (await verifyAudit(stores, 'post')).breaks.map(({reason}) => reason);

const NOTICED: Record<string, () => Promise<void>> = {
  async access() {
    await enter(stores, policyOfTest());
    await readAccess(stores, 'post');
    const mark = JSON.parse(await text('access/post.json')) as {state: object};
    const state = {...mark.state, policy: policyOfTest({people: [as(eve, 'admin')]})};
    await stores.objects.put('access/post.json', canonicalJson({...mark, state}));
    const anew = withRowKey(await openStores(pathToFileURL(folder).href), ROW_KEY);
    const {history} = await readAccess(anew, 'post');
    expect(history.state.policy!.people.map(({name}) => name)).toContain('adam');
  },
  async artifacts() {
    const {adapter} = there.candidate;
    await change(there.adapterUri, 'adapter', 'Adapter');
    await expect(stores.artifacts.getBytes(adapter!.safetensors)).rejects.toMatchObject({
      type: 'DigestMismatch',
    });
  },
  async audit() {
    expect(await breaks()).toEqual([]);
    await stores.audit('post').append(approvalFact(run('x'), 'e'.repeat(64), []));
    expect(await breaks()).toEqual([expect.stringMatching(/^it is not approved: 0 keys signed/)]);
  },
  async 'audit-head'() {
    await change('audit-head/post.json', /"hash":"[0-9a-f]{8}/, '"hash":"00000000');
    expect(await breaks()).toEqual(['it is not the entry that was appended there']);
    await stores.objects.delete('audit-head/post.json');
    expect(await breaks()).toEqual([expect.stringMatching(/^audit-head\/post.json is gone/)]);
  },
  async cache() {
    const entry = {
      v: 1 as const,
      stage: 'gauntlet',
      key: '1'.repeat(64),
      project: 'post',
      at: '2026-01-01T00:00:00Z',
      result: {verdict: 'fail'},
      artifacts: [],
    };
    await stores.cache.store(entry);
    expect(await stores.cache.find('gauntlet', entry.key)).toEqual(entry);
    await change(`cache/gauntlet/${entry.key}.json`, '"fail"', '"pass"');
    expect(await stores.cache.find('gauntlet', entry.key)).toBeNull();
  },
  async datasets() {
    const {digest} = there.dataset;
    await change(`datasets/post/${digest}.json`, /"tools":"[0-9a-f]{8}/, '"tools":"00000000');
    const version = await stores.registry.dataset('post', digest);
    expect(await datasetAmiss(stores, version)).toMatch(/hash to [0-9a-f]{64}: it was changed/);
    await change(`datasets/post/${digest}.json`, /"digest":"[0-9a-f]{8}/, '"digest":"00000000');
    await expect(stores.registry.dataset('post', digest)).rejects.toMatchObject({type: 'DigestMismatch'});
  },
  async pointers() {
    await change('pointers/post/deployment.json', there.candidate.digest, 'e'.repeat(64));
    expect(await breaks()).toEqual([
      expect.stringMatching(/^deployment: it says move 1 .*, expected move 1/),
    ]);
  },
  async raw() {
    const id = traceId(Date.now(), Buffer.alloc(12, 7));
    const log = new RawLog({
      objects: stores.objects,
      project: 'post',
      key: ROW_KEY,
      lifetimeMs: 86_400_000,
      limit: 10,
      limitBytes: 1000,
    });
    log.add({id, messages: [], output: 'x'});
    await log.flush();
    const [key] = await Array.fromAsync(stores.objects.list('raw/post/'));
    const bytes = Buffer.from((await stores.objects.get(key!))!.bytes);
    bytes[bytes.length - 1]! ^= 1;
    await stores.objects.put(key!, bytes);
    await expect(readRaw(stores.objects, 'post', ROW_KEY, id)).rejects.toMatchObject({
      type: 'DigestMismatch',
    });
  },
  async releases() {
    await change(`releases/post/${there.candidate.digest}.json`, '"temperature":0', '"temperature":1');
    await expect(stores.registry.release('post', there.candidate.digest)).rejects.toMatchObject({
      type: 'DigestMismatch',
    });
  },
  async reports() {
    const key = `reports/post/${there.candidate.digest}/${there.report}.json`;
    await change(key, '"verdict":"pass"', '"verdict":"fail"');
    const [entry] = await stores.registry.reports('post', there.candidate.digest);
    await expect(provenReport(stores.artifacts, entry!)).rejects.toMatchObject({type: 'DigestMismatch'});
  },
  async retired() {
    const about = {project: 'post', release: there.base.digest, by: 'otto', why: 'it lies'};
    await retireRelease(stores.objects, about);
    const last = (await stores.audit('post').last())!;
    expect(last).toMatchObject({kind: 'retired', data: {release: there.base.digest}});
    await stores.objects.delete(`retired/post/${there.base.digest}.json`);
    // As of an hour later: a move that was under way does not count.
    const later = new Date(Date.parse(last.at) + 3_600_000).toISOString();
    const {stable, seq, former, ...rest} = (await stores.pointers.read('post'))!;
    const back = {stable: there.base.digest, seq: seq + 1, former: [...former.slice(1), stable], at: later};
    const document = canonicalJson({...rest, ...back, by: 'otto', why: 'rollback: x'});
    await stores.objects.put('pointers/post/deployment.json', document);
    expect(await breaks()).toEqual([
      expect.stringMatching(
        new RegExp(`release ${there.base.digest.slice(0, 12)} was retired in entry ${last.seq}$`),
      ),
    ]);
  },
  async versions() {
    const kept = new KeptVersions(stores, 'post', ROW_KEY);
    await kept.keep({id: 'b1', sources: '5'.repeat(64), sdk: '1.2.3'}, 'the code', '2026-01-01T00:00:00Z');
    await change('versions/post/b1.json', /"sha256":"[0-9a-f]{8}/, '"sha256":"00000000');
    await expect(kept.code('b1', '1.2.3')).rejects.toMatchObject({type: 'DigestMismatch'});
  },
};

const believed = Object.entries(DOCUMENTS).filter(([, {authority}]) => authority !== 'nothing');

test('each kind that something vouches for is changed here', () => {
  expect(Object.keys(NOTICED).sort()).toEqual(believed.map(([name]) => name).sort());
});

describe.each(believed)('%s', (name, {authority}) => {
  test(`a change is noticed: ${authority}`, () => NOTICED[name]!());
});

test('each kind of object that the sources name has its row, and each row its kind', async () => {
  const root = path.join(import.meta.dirname, '../../..');
  const files = globSync('{stores,activities,serving,workers}/**/*.ts', {cwd: root});
  const named = new Set<string>();
  for (const file of files) {
    const source = await readFile(path.join(root, file), 'utf8');
    for (const [, name] of source.matchAll(
      /`([a-z][a-z-]+)\/\$\{(?:keySegment\(|project\}\/|resolved\.config\.project\}\/)/g,
    ))
      named.add(name!);
    for (const [, name] of source.matchAll(/folder: '([a-z-]+)'/g)) named.add(name!);
  }
  // What is written without a project in its key, or is no key: names of workflows.
  for (const name of ['artifacts', 'probe']) named.add(name);
  for (const name of ['lifecycle', 'start-schedule']) named.delete(name);
  expect([...named].sort()).toEqual(Object.keys(DOCUMENTS).sort());
});
