import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {canonicalJson} from '../../../core/identity/canonical-json.ts';
import type {AuditEntry} from '../../../schemas/audit.ts';
import type {Deployment} from '../../../schemas/deployment.ts';
import type {ObjectStore} from '../../../stores/objects/object-store.ts';
import {Pointers, type MoveDecision} from '../../../stores/registry/pointers.ts';
import {openStores, type Stores} from '../../../stores/stores.ts';
import {startProcess} from '../child-processes.ts';
import {STORE_KINDS, title, type OpenedPlace} from '../store-kinds.ts';

const [A, B, C] = ['a', 'b', 'c'].map((letter) => letter.repeat(64)) as [string, string, string];
const setup = {by: 'setup', why: 'the bare base'};
const promote = (release: string) => (): MoveDecision => ({
  move: {stable: release, canary: null, shadow: null, by: 'rollout', why: 'promoted'},
});

for (const kind of STORE_KINDS)
  describe.skipIf(kind.unavailable !== null)(title('pointers', kind), () => {
    let place: OpenedPlace;
    let stores: Stores;
    beforeAll(async () => {
      place = await kind.open();
      stores = await openStores(place.url);
    });
    afterAll(() => place.remove());

    async function audited(project: string): Promise<AuditEntry[]> {
      const entries: AuditEntry[] = [];
      for await (const entry of stores.audit(project).entries()) entries.push(entry);
      expect((await stores.audit(project).verify()).breaks).toEqual([]);
      return entries;
    }

    test('nothing is deployed before the bootstrap', async () => {
      expect(await stores.pointers.read('none')).toBeNull();
      await expect(stores.pointers.move('none', promote(A))).rejects.toMatchObject({name: 'InvalidInput'});
    });

    test('a deployment that was there and is gone when the second one reads it is said to be missing', async () => {
      await stores.pointers.bootstrap('gone', A, setup);
      const {url} = stores.objects;
      const empty = {
        url,
        get: () => Promise.resolve(null),
        put: stores.objects.put.bind(stores.objects),
      } as unknown as ObjectStore;
      const gone = new Pointers(empty);
      await expect(gone.bootstrap('gone', B, setup)).rejects.toMatchObject({name: 'InvalidInput'});
    });

    test('the bootstrap happens once, whoever comes second', async () => {
      const both = await Promise.all([
        stores.pointers.bootstrap('boot', A, setup),
        stores.pointers.bootstrap('boot', B, setup),
      ]);
      expect(both[0]).toEqual(both[1]);
      expect(both[0]).toMatchObject({seq: 0, canary: null, shadow: null, former: []});
      expect(await audited('boot')).toMatchObject([
        {kind: 'bootstrap', actor: 'setup', data: {pointer: 0, stable: both[0].stable}},
      ]);
    });

    test('a move is written with its audit entry; a refusal moves nothing', async () => {
      await stores.pointers.bootstrap('moves', A, setup);
      const canary = await stores.pointers.move('moves', ({stable}) => ({
        move: {stable, canary: {release: B, weight: 10}, shadow: null, by: 'rollout', why: 'step 1'},
      }));
      expect(canary).toMatchObject({status: 'moved', deployment: {seq: 1, stable: A, former: []}});
      expect(await stores.pointers.move('moves', promote(B))).toMatchObject({
        deployment: {stable: B, former: [A]},
      });
      const seen: Deployment[] = [];
      const refused = await stores.pointers.move('moves', (current) => {
        seen.push(current);
        return {refusal: 'superseded'};
      });
      expect(refused).toMatchObject({status: 'refused', reason: 'superseded', deployment: {seq: 2}});
      expect(seen).toHaveLength(1);
      expect((await audited('moves')).map(({kind, data}) => [kind, data['pointer'], data['stable']])).toEqual(
        [
          ['bootstrap', 0, A],
          ['pointer', 1, A],
          ['pointer', 2, B],
        ],
      );
    });

    test('back goes only to what has been stable', async () => {
      await stores.pointers.bootstrap('back', A, setup);
      await stores.pointers.move('back', promote(B));
      const back = (digest: string) => stores.pointers.rollback('back', digest, {by: 'ann', why: 'worse'});
      expect(await back(C)).toMatchObject({
        status: 'refused',
        reason: expect.stringContaining('has not been stable in back; former: aaaaaaaaaaaa') as string,
      });
      expect(await back('a')).toMatchObject({status: 'refused'});
      expect(await back(B)).toMatchObject({status: 'refused'});
      const done = await back(A.slice(0, 8));
      expect(done).toMatchObject({status: 'moved', deployment: {stable: A, former: [B], canary: null}});
      expect(await back(A)).toMatchObject({status: 'refused'});
      expect(await back(B)).toMatchObject({status: 'moved', deployment: {stable: B, former: [A]}});
      expect((await audited('back')).map(({kind, actor}) => [kind, actor])).toEqual([
        ['bootstrap', 'setup'],
        ['pointer', 'rollout'],
        ['rollback', 'ann'],
        ['rollback', 'ann'],
      ]);
    });

    test('a prefix of two former releases is refused', async () => {
      const near = `${'a'.repeat(63)}b`;
      await stores.pointers.bootstrap('near', A, setup);
      await stores.pointers.move('near', promote(near));
      await stores.pointers.move('near', promote(B));
      const result = await stores.pointers.rollback('near', 'aaaaaaaa', {by: 'ann', why: 'x'});
      expect(result).toMatchObject({
        status: 'refused',
        reason: expect.stringContaining('give more digits') as string,
      });
    });

    async function killedInTheMiddle(project: string): Promise<void> {
      await stores.pointers.bootstrap(project, A, setup);
      const mover = startProcess('move-and-die', [place.url, project, B]);
      await expect(mover.done()).rejects.toThrow(/SIGKILL/);
      expect(await stores.pointers.read(project)).toMatchObject({seq: 1, stable: B});
      expect(await audited(project)).toHaveLength(1);
    }

    test('a mover killed between pointer and audit: the next move writes what it owed', async () => {
      await killedInTheMiddle('killed');
      await stores.pointers.move('killed', promote(C));
      expect(await audited('killed')).toMatchObject([
        {data: {pointer: 0}},
        {actor: 'rollout', data: {pointer: 1, stable: B, why: 'promoted, then killed', completed: true}},
        {data: {pointer: 2, stable: C}},
      ]);
    });

    test('… and so does the bootstrap of the next run, once', async () => {
      await killedInTheMiddle('restarted');
      await stores.pointers.bootstrap('restarted', C, setup);
      await stores.pointers.bootstrap('restarted', C, setup);
      expect(await audited('restarted')).toMatchObject([
        {data: {pointer: 0, stable: A}},
        {actor: 'rollout', data: {pointer: 1, stable: B, completed: true}},
      ]);
    });

    async function edit(project: string, change: Partial<Deployment>): Promise<void> {
      const there = (await stores.pointers.read(project))!;
      await stores.objects.put(`pointers/${project}/deployment.json`, canonicalJson({...there, ...change}));
    }

    test.each<[string, Partial<Deployment>]>([
      ['the same seq with another stable', {stable: C}],
      ['moves ahead', {seq: 8, stable: C, by: 'eve'}],
      ['set back', {seq: 0, stable: A, former: [], by: 'setup', why: 'the bare base'}],
    ])('%s, by hand: the next move goes on, and says that no entry explains it', async (what, change) => {
      const project = `edited-${what.replaceAll(' ', '-')}`;
      await stores.pointers.bootstrap(project, A, setup);
      await stores.pointers.move(project, promote(B));
      await edit(project, change);
      const found = (await stores.pointers.read(project))!;
      await stores.pointers.move(project, promote(A));
      await stores.pointers.move(project, promote(B));
      expect((await audited(project)).slice(2)).toMatchObject([
        {
          kind: 'pointer_unexplained',
          actor: 'unknown',
          data: {pointer: found.seq, stable: found.stable, by: found.by},
        },
        {kind: 'pointer', data: {pointer: found.seq + 1, stable: A}},
        {kind: 'pointer', data: {pointer: found.seq + 2, stable: B}},
      ]);
    });

    test(
      '4 processes that move at once: no move lost, each audited once, in order',
      {timeout: 120_000},
      async () => {
        await stores.pointers.bootstrap('crowd', A, setup);
        await stores.pointers.move('crowd', ({stable}) => ({
          move: {stable, canary: {release: B, weight: 0}, shadow: null, by: 'rollout', why: 'start'},
        }));
        const processes = Array.from({length: 4}, (_, n) =>
          startProcess('move', [place.url, 'crowd', `p${n}`, '10']),
        );
        for (const process of processes) expect(await process.line()).toBe('ready');
        for (const process of processes) process.go();
        await Promise.all(processes.map((process) => process.done()));
        expect(await stores.pointers.read('crowd')).toMatchObject({
          seq: 41,
          canary: {release: B, weight: 40},
        });
        const entries = await audited('crowd');
        expect(entries.map(({data}) => data['pointer'])).toEqual(Array.from({length: 42}, (_, n) => n));
      },
    );
  });
