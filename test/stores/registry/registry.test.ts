import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {releaseDigest} from '../../../core/identity/release-digest.ts';
import type {DatasetVersion} from '../../../schemas/dataset.ts';
import type {Release} from '../../../schemas/release.ts';
import type {ReportEntry, RunRecord} from '../../../schemas/run.ts';
import {reportKey} from '../../../stores/registry/registry-keys.ts';
import {openStores, type Stores} from '../../../stores/stores.ts';
import {STORE_KINDS, title, type OpenedPlace} from '../store-kinds.ts';

const D = 'd'.repeat(64);
const ref = {uri: 'artifacts/x', sha256: D, bytes: 1, mediaType: 'application/json'};

function release(project: string, maxInputChars: number): Release {
  const body = {
    v: 1 as const,
    project,
    base: {name: 'base', kind: 'gguf' as const, sha256: D},
    adapter: null,
    prompts: {},
    transform: {v: 1 as const, format: 'mail' as const, fields: [], pii: [], code: D},
    index: null,
    guardrails: {v: 1 as const, maxInputChars, scrubOutput: true, stripInvisible: true, blockPatterns: []},
    parent: null,
    createdFrom: null,
  };
  return {...body, digest: releaseDigest(body)};
}
const dataset = (digest: string): DatasetVersion => ({
  v: 1,
  project: 'mail',
  digest,
  config: D,
  tools: D,
  keyFingerprint: '0'.repeat(16),
  golden: ref,
  index: ref,
  counts: {train: 1, validation: 1, golden: 1, traffic: 1},
  provenance: ref,
});
const run = (id: string): RunRecord => ({
  v: 1,
  id,
  project: 'mail',
  status: 'running',
  startedBy: 'ann',
  reason: 'first',
  startedAt: '2002-12-03T11:46:36.000Z',
  endedAt: null,
  stages: {},
  links: {},
});
async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

for (const kind of STORE_KINDS)
  describe.skipIf(kind.unavailable !== null)(title('registry', kind), () => {
    let place: OpenedPlace;
    let stores: Stores;
    beforeAll(async () => {
      place = await kind.open();
      stores = await openStores(place.url);
    });
    afterAll(() => place.remove());

    test('a release is found by its digest and by a prefix of it', async () => {
      const one = release('mail', 1);
      await stores.registry.putRelease(one);
      await stores.registry.putRelease(one);
      await stores.registry.putRelease(release('mail', 2));
      await stores.registry.putRelease(release('other', 3));
      expect(await stores.registry.release('mail', one.digest)).toEqual(one);
      expect(await stores.registry.release('mail', one.digest.slice(0, 8))).toEqual(one);
      expect(await all(stores.registry.releases('mail'))).toHaveLength(2);
      await expect(stores.registry.release('other', one.digest)).rejects.toThrow(/no release starts with/);
    });

    test('a release that is not what its digest says is refused, on the way in and out', async () => {
      const named = release('swapped', 1);
      const swapped = {...named, guardrails: {...named.guardrails, maxInputChars: 9}};
      await expect(stores.registry.putRelease(swapped)).rejects.toMatchObject({name: 'DigestMismatch'});
      await stores.registry.putRelease(named);
      await stores.objects.put(`releases/swapped/${named.digest}.json`, JSON.stringify(swapped));
      const read = stores.registry.release('swapped', named.digest);
      await expect(read).rejects.toMatchObject({name: 'DigestMismatch'});
      await expect(read).rejects.toThrow(/restore it/);
    });

    test('prefixes: too short, unknown, of several', async () => {
      const [one, two] = [`${'1'.repeat(60)}aaaa`, `${'1'.repeat(60)}bbbb`];
      await stores.registry.putDataset(dataset(one));
      await stores.registry.putDataset(dataset(two));
      expect((await stores.registry.dataset('mail', two)).digest).toBe(two);
      expect((await stores.registry.dataset('mail', `${'1'.repeat(60)}a`)).digest).toBe(one);
      for (const [prefix, line] of [
        ['1111111', /expected 8 to 64 hex digits/],
        ['1111111X', /expected 8 to 64 hex digits/],
        ['../../..', /expected 8 to 64 hex digits/],
        ['22222222', /no dataset version starts with 22222222/],
        ['11111111', /11111111 could be 111111111111, 111111111111: give more digits/],
      ] as const) {
        const call = stores.registry.dataset('mail', prefix);
        await expect(call).rejects.toThrow(line);
        await expect(call).rejects.toMatchObject({name: 'InvalidInput'});
      }
      expect((await all(stores.registry.datasets('mail'))).map(({digest}) => digest)).toEqual([one, two]);
    });

    test('a dataset version under another digest, or in another project, is not read', async () => {
      const [own, other] = ['3'.repeat(64), '4'.repeat(64)];
      await stores.registry.putDataset(dataset(own));
      const bytes = (await stores.objects.get(`datasets/mail/${own}.json`))!.bytes;
      for (const [project, digest] of [
        ['mail', other],
        ['notes', own],
      ] as const) {
        await stores.objects.put(`datasets/${project}/${digest}.json`, bytes);
        await expect(stores.registry.dataset(project, digest)).rejects.toMatchObject({
          name: 'DigestMismatch',
          message: expect.stringContaining(`holds dataset version ${own} of mail: it was changed`) as string,
        });
        await stores.objects.delete(`datasets/${project}/${digest}.json`);
      }
    });

    test('the reports of a release, newest last; the first entry of one stays', async () => {
      const entry = (report: string, at: string): ReportEntry => ({
        v: 1,
        project: 'mail',
        at,
        run: 'lifecycle/mail/x',
        result: {
          release: D,
          stable: D,
          verdict: 'pass',
          report: {...ref, sha256: report},
          html: ref,
          markdown: ref,
          modelCard: ref,
        },
      });
      await stores.registry.putReport(entry('a'.repeat(64), '2002-02'));
      await stores.registry.putReport(entry('b'.repeat(64), '2002-01'));
      await stores.registry.putReport(entry('b'.repeat(64), '2002-03'));
      const reports = await stores.registry.reports('mail', D);
      expect(reports.map(({at}) => at)).toEqual(['2002-01', '2002-02']);
      expect(await stores.registry.reports('mail', 'e'.repeat(64))).toEqual([]);
      // Under another release, or in another project, an entry says nothing.
      const bytes = (await stores.objects.get(reportKey('mail', D, 'a'.repeat(64))))!.bytes;
      await stores.objects.put(reportKey('mail', 'f'.repeat(64), 'a'.repeat(64)), bytes);
      await stores.objects.put(reportKey('notes', D, 'a'.repeat(64)), bytes);
      for (const [project, release] of [
        ['mail', 'f'.repeat(64)],
        ['notes', D],
      ] as const)
        await expect(stores.registry.reports(project, release)).rejects.toMatchObject({
          name: 'DigestMismatch',
          message: expect.stringContaining(
            `holds a report of release ${D} of mail: it was changed`,
          ) as string,
        });
    });

    test('a run is started once, changed by many, listed by time', async () => {
      const id = 'lifecycle/mail/20021203T114636Z-k3f9qa';
      await stores.registry.startRun(run(id));
      await stores.registry.updateRun('mail', id, (current) => ({...current, dataset: D}));
      expect((await stores.registry.startRun(run(id))).dataset).toBe(D);
      await Promise.all(
        Array.from({length: 10}, (_, n) =>
          stores.registry.updateRun('mail', id, (current) => ({
            ...current,
            links: {...current.links, [n]: 'x'},
          })),
        ),
      );
      expect(Object.keys((await stores.registry.run('mail', id))!.links)).toHaveLength(10);
      expect(await stores.registry.run('mail', 'lifecycle/mail/unknown')).toBeNull();
      await expect(stores.registry.updateRun('mail', 'unknown', (current) => current)).rejects.toThrow(
        /no run unknown/,
      );
      // Kept in the same place, and another run.
      await expect(
        stores.registry.updateRun('mail', '20021203T114636Z-k3f9qa', (current) => current),
      ).rejects.toThrow(/no run 20021203T114636Z-k3f9qa of mail/);
      await stores.registry.startRun(run('lifecycle/mail/20021202T000000Z-zzzzzz'));
      expect((await all(stores.registry.runs('mail'))).map((record) => record.id)).toEqual([
        'lifecycle/mail/20021202T000000Z-zzzzzz',
        id,
      ]);
    });

    test('a document that a newer Ratchet wrote is said to be one', async () => {
      await stores.objects.put('runs/mail/99999999T000000Z-future.json', '{"v":2}');
      await expect(all(stores.registry.runs('mail'))).rejects.toThrow(/written by a newer Ratchet/);
      await stores.objects.delete('runs/mail/99999999T000000Z-future.json');
    });

    test('projects are all that have left anything', async () => {
      await stores.registry.putRelease(release('mail-small', 1));
      expect(await stores.registry.projects()).toEqual(['mail', 'mail-small', 'other', 'swapped']);
    });
  });
