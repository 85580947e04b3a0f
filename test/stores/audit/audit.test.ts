import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {canonicalJson} from '../../../core/identity/canonical-json.ts';
import {digestOf} from '../../../core/identity/digest.ts';
import type {AuditEntry} from '../../../schemas/audit.ts';
import {RatchetError} from '../../../schemas/errors.ts';
import type {AuditChain} from '../../../stores/audit/audit.ts';
import {openStores, storesOver, type Stores} from '../../../stores/stores.ts';
import {startProcess} from '../child-processes.ts';
import {STORE_KINDS, title, type OpenedPlace} from '../store-kinds.ts';

for (const kind of STORE_KINDS)
  describe.skipIf(kind.unavailable !== null)(title('audit chain', kind), () => {
    let place: OpenedPlace;
    let stores: Stores;
    beforeAll(async () => {
      place = await kind.open();
      stores = await openStores(place.url);
    });
    afterAll(() => place.remove());

    const key = (project: string, seq: number): string =>
      `audit/${project}/${String(seq).padStart(12, '0')}.json`;
    async function chainOf(project: string, length: number): Promise<AuditChain> {
      const chain = stores.audit(project);
      for (let n = 0; n < length; n += 1) await chain.append({kind: 'decision', actor: 'ann', data: {n}});
      return chain;
    }
    async function change(
      project: string,
      seq: number,
      edit: (entry: AuditEntry) => AuditEntry,
    ): Promise<void> {
      await stores.objects.put(
        key(project, seq),
        canonicalJson(edit((await stores.audit(project).entry(seq))!)),
      );
    }

    test('each entry hashes its content and names the one before', async () => {
      const chain = await chainOf('linked', 3);
      const entries: AuditEntry[] = [];
      for await (const entry of chain.entries()) entries.push(entry);
      expect(entries.map(({seq}) => seq)).toEqual([0, 1, 2]);
      expect(entries.map(({prev}) => prev)).toEqual(['', entries[0]!.hash, entries[1]!.hash]);
      for (const {hash, ...body} of entries) expect(digestOf(body)).toBe(hash);
      expect(await chain.verify()).toEqual({entries: 3, breaks: [], head: entries[2]!.hash});
      expect(await chain.last()).toEqual(entries[2]);
      const later: number[] = [];
      for await (const {seq} of chain.entries({from: 1})) later.push(seq);
      expect(later).toEqual([1, 2]);
    });

    test('an empty chain holds', async () => {
      expect(await stores.audit('empty').verify()).toEqual({entries: 0, breaks: [], head: ''});
      expect(await stores.audit('empty').last()).toBeNull();
    });

    test('8 processes that append at once make one chain', {timeout: 120_000}, async () => {
      const times = 10;
      const processes = Array.from({length: 8}, (_, n) =>
        startProcess('append-audit', [place.url, 'together', `process-${n}`, String(times)]),
      );
      for (const process of processes) expect(await process.line()).toBe('ready');
      for (const process of processes) process.go();
      await Promise.all(processes.map((process) => process.done()));
      const chain = stores.audit('together');
      expect(await chain.verify()).toMatchObject({entries: 80, breaks: []});
      const each = new Map<string, unknown[]>();
      for await (const {actor, data} of chain.entries())
        each.set(actor, [...(each.get(actor) ?? []), data['n']]);
      expect(each.size).toBe(8);
      for (const said of each.values()) expect(said).toEqual(Array.from({length: times}, (_, n) => n));
    });

    describe('what was tampered with is named', () => {
      test('an altered entry', async () => {
        const chain = await chainOf('altered', 4);
        await change('altered', 1, (entry) => ({...entry, actor: 'eve'}));
        expect((await chain.verify()).breaks).toEqual([
          {seq: 1, reason: 'its content was altered: it no longer hashes to its hash'},
        ]);
      });

      test('an entry rewritten with a hash that fits', async () => {
        const chain = await chainOf('rewritten', 4);
        await change('rewritten', 1, ({hash: _, ...body}) => {
          const altered = {...body, actor: 'eve'};
          return {...altered, hash: digestOf(altered)};
        });
        expect((await chain.verify()).breaks).toEqual([
          {seq: 2, reason: 'it is not linked to the entry before it'},
        ]);
      });

      test('the last entry rewritten with a hash that fits', async () => {
        const chain = await chainOf('last', 3);
        await change('last', 2, ({hash: _, ...body}) => {
          const altered = {...body, actor: 'eve'};
          return {...altered, hash: digestOf(altered)};
        });
        expect((await chain.verify()).breaks).toEqual([
          {seq: 2, reason: 'it is not the entry that was appended there'},
        ]);
      });

      test('missing entries, and a missing end', async () => {
        const chain = await chainOf('missing', 7);
        await stores.objects.delete(key('missing', 2));
        await stores.objects.delete(key('missing', 3));
        await stores.objects.delete(key('missing', 6));
        expect((await chain.verify()).breaks).toEqual([
          {seq: 2, reason: 'entries 2 to 3 are missing'},
          {seq: 6, reason: 'entry 6 is missing: the end was cut off'},
        ]);
      });

      test('a cut end stays missed, whatever is appended behind it', async () => {
        const chain = await chainOf('cut', 4);
        await stores.objects.delete(key('cut', 2));
        await stores.objects.delete(key('cut', 3));
        expect((await chain.append({kind: 'decision', actor: 'ann', data: {}})).seq).toBe(4);
        expect((await chain.append({kind: 'decision', actor: 'ann', data: {}})).seq).toBe(5);
        expect((await chain.verify()).breaks).toEqual([{seq: 2, reason: 'entries 2 to 3 are missing'}]);
      });

      test('a copied entry, one of another project, and one that is none', async () => {
        const chain = await chainOf('odd', 4);
        const stranger = await chainOf('stranger', 2);
        const entry = async (from: AuditChain, seq: number): Promise<string> =>
          canonicalJson(await from.entry(seq));
        await stores.objects.put(key('odd', 2), await entry(chain, 1));
        expect((await chain.verify()).breaks.map(({seq, reason}) => `${seq}: ${reason}`)).toContain(
          '2: it says it is entry 1',
        );
        await stores.objects.put(key('odd', 2), await entry(stranger, 1));
        expect((await chain.verify()).breaks.map(({reason}) => reason)).toContain(
          'it belongs to the project stranger',
        );
        await stores.objects.put(key('odd', 2), '{"seq":2}');
        expect((await chain.verify()).breaks).toEqual([{seq: 2, reason: 'it is no audit entry'}]);
      });
    });

    test('a head that lags behind, as after a kill, is caught up with', async () => {
      const chain = await chainOf('lagging', 2);
      const head = (await stores.objects.get('audit-head/lagging.json'))!;
      await chain.append({kind: 'decision', actor: 'ann', data: {}});
      await stores.objects.put('audit-head/lagging.json', head.bytes);
      expect((await chain.append({kind: 'decision', actor: 'ann', data: {}})).seq).toBe(3);
      await stores.objects.put('audit-head/lagging.json', head.bytes);
      expect(await chain.verify()).toMatchObject({entries: 4, breaks: []});
    });

    describe('a head that is not there', () => {
      const gone = (project: string) => stores.objects.delete(`audit-head/${project}.json`);

      test('behind one entry is one whose writer died: the chain holds and goes on', async () => {
        const chain = await chainOf('young', 1);
        await gone('young');
        expect((await chain.verify()).breaks).toEqual([]);
        expect((await chain.append({kind: 'decision', actor: 'ann', data: {}})).seq).toBe(1);
        expect(await chain.verify()).toMatchObject({entries: 2, breaks: []});
      });

      test('behind more was taken away, maybe with the end: named now and after the next append', async () => {
        const chain = await chainOf('beheaded', 4);
        await stores.objects.delete(key('beheaded', 3));
        await gone('beheaded');
        expect((await chain.verify()).breaks).toEqual([
          {
            seq: 3,
            reason: 'audit-head/beheaded.json is gone: whether the end was cut off cannot be told',
          },
        ]);
        expect((await chain.append({kind: 'decision', actor: 'ann', data: {}})).seq).toBe(4);
        expect((await chain.append({kind: 'decision', actor: 'ann', data: {}})).seq).toBe(5);
        expect((await chain.verify()).breaks).toEqual([{seq: 3, reason: 'entry 3 is missing'}]);
      });

      test('and one that cannot be read is named too', async () => {
        const chain = await chainOf('damaged', 2);
        await stores.objects.put('audit-head/damaged.json', '{');
        expect((await chain.verify()).breaks).toEqual([
          {
            seq: 2,
            reason: 'audit-head/damaged.json cannot be read: whether the end was cut off cannot be told',
          },
        ]);
      });
    });

    test('a store that is away is no chain without a head', async () => {
      await chainOf('away', 2);
      const away = Object.create(stores.objects) as typeof stores.objects;
      away.get = (name) =>
        name.startsWith('audit-head/')
          ? Promise.reject(new RatchetError('Unavailable', 'away'))
          : stores.objects.get(name);
      await expect(storesOver(away).audit('away').verify()).rejects.toMatchObject({name: 'Unavailable'});
    });
  });
