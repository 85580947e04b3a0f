import {readdir} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {openStores, type Stores} from '../../../stores/stores.ts';
import type {VectorRow} from '../../../stores/vectors/vector-rows.ts';
import {startProcess} from '../child-processes.ts';
import {STORE_KINDS, title, type OpenedPlace} from '../store-kinds.ts';

const DATASET = 'd'.repeat(64);
const EMBEDDER = {name: 'test', dims: 8};
const SPLITS = ['train', 'validation', 'golden', 'traffic'] as const;

/** Row n points mostly to axis n mod 8. */
function row(n: number): VectorRow {
  const vector = Float32Array.from(
    {length: 8},
    (_, axis) => (axis === n % 8 ? 1 : 0) + ((n * 7 + axis) % 5) / 100,
  );
  return {
    id: `s/${n}`,
    split: SPLITS[n % 4]!,
    source: n % 2 ? "o'dd" : 'even',
    label: n % 3 ? 'ham' : null,
    vector,
  };
}
const rows = (count: number): VectorRow[] => Array.from({length: count}, (_, n) => row(n));
const byId = (a: VectorRow, b: VectorRow): number => Number(a.id.slice(2)) - Number(b.id.slice(2));

for (const kind of STORE_KINDS)
  describe.skipIf(kind.unavailable !== null)(title('vectors', kind), () => {
    let place: OpenedPlace;
    let stores: Stores;
    beforeAll(async () => {
      place = await kind.open();
      stores = await openStores(place.url);
    });
    afterAll(() => place.remove());

    test('rows come back as they went in, over several batches', {timeout: 120_000}, async () => {
      expect(await stores.vectors.open('mail', DATASET)).toBeNull();
      const put = rows(20_011);
      const table = await stores.vectors.build({
        project: 'mail',
        dataset: DATASET,
        embedder: EMBEDDER,
        rows: put,
      });
      expect(table).toMatchObject({name: 'rows__dddddddddddd', rows: 20_011, dims: 8, embedder: 'test'});
      const back: VectorRow[] = [];
      for await (const row of table.read()) back.push(row);
      expect(back.sort(byId)).toEqual(put);
      const golden: VectorRow[] = [];
      for await (const row of table.read({split: 'golden', source: 'even'})) golden.push(row);
      expect(golden.sort(byId)).toEqual(
        put.filter(({split, source}) => split === 'golden' && source === 'even'),
      );
      for await (const row of table.read({source: "o'dd' OR 1=1 --"})) expect(row).toBeNull();
    });

    test('a table that is there is not built again', async () => {
      const never = (function* (): Generator<VectorRow> {
        throw new Error('built again');
      })();
      const table = await stores.vectors.build({
        project: 'mail',
        dataset: DATASET,
        embedder: EMBEDDER,
        rows: never,
      });
      expect(table.rows).toBe(20_011);
    });

    test('the nearest are the nearest', async () => {
      const table = (await stores.vectors.open('mail', DATASET))!;
      const wanted = row(3).vector;
      const found = await table.nearest(wanted, 5);
      expect(found).toHaveLength(5);
      expect(found[0]!.distance).toBeCloseTo(0, 5);
      const cosine = (a: Float32Array, b: Float32Array): number => {
        const dot = (x: Float32Array, y: Float32Array): number => x.reduce((sum, v, i) => sum + v * y[i]!, 0);
        return 1 - dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
      };
      const exact = rows(20_011)
        .map(({vector}) => cosine(wanted, vector))
        .sort((a, b) => a - b);
      found.forEach(({distance, vector}, n) => {
        expect(distance).toBeCloseTo(exact[n]!, 5);
        expect(distance).toBeCloseTo(cosine(wanted, vector), 5);
      });
      for (const {split} of await table.nearest(wanted, 5, {split: 'golden'})) expect(split).toBe('golden');
    });

    test('zero vectors and no rows at all', async () => {
      const zero = {...row(0), vector: new Float32Array(8)};
      const dataset = 'e'.repeat(64);
      const table = await stores.vectors.build({
        project: 'mail',
        dataset,
        embedder: EMBEDDER,
        rows: [zero, row(1)],
      });
      expect((await table.nearest(row(1).vector, 5)).map(({id}) => id)).toEqual(['s/1']);
      const none = await stores.vectors.build({
        project: 'mail',
        dataset: 'f'.repeat(64),
        embedder: EMBEDDER,
        rows: [],
      });
      expect(none.rows).toBe(0);
      expect(await none.nearest(row(1).vector, 5)).toEqual([]);
    });

    test('a table whose files are gone is built again', async () => {
      const dataset = '4'.repeat(64);
      const build = () => stores.vectors.build({project: 'gone', dataset, embedder: EMBEDDER, rows: rows(3)});
      await build();
      const keys: string[] = [];
      for await (const key of stores.objects.list('vectors/gone/')) keys.push(key);
      expect(keys.length).toBeGreaterThan(1);
      for (const key of keys) await stores.objects.delete(key);
      expect(await stores.vectors.open('gone', dataset)).toBeNull();
      expect((await build()).rows).toBe(3);
    });

    test('another embedder has a table of its own', async () => {
      const dataset = '1'.repeat(64);
      await stores.vectors.build({project: 'mail', dataset, embedder: EMBEDDER, rows: rows(3)});
      expect(await stores.vectors.open('mail', dataset, 'other')).toBeNull();
      const other = {name: 'other', dims: 2};
      const vector = Float32Array.from([1, 2]);
      const table = await stores.vectors.build({
        project: 'mail',
        dataset,
        embedder: other,
        rows: [{...row(0), vector}],
      });
      expect(table).toMatchObject({embedder: 'other', dims: 2, rows: 1});
    });

    test('a vector of another length is refused, and the table then does not count', async () => {
      const dataset = '2'.repeat(64);
      const wrong = {...row(1), vector: new Float32Array(7)};
      const build = stores.vectors.build({
        project: 'mail',
        dataset,
        embedder: EMBEDDER,
        rows: [row(0), wrong],
      });
      await expect(build).rejects.toMatchObject({name: 'InvalidInput'});
      expect(await stores.vectors.open('mail', dataset)).toBeNull();
      const right = await stores.vectors.build({
        project: 'mail',
        dataset,
        embedder: EMBEDDER,
        rows: [row(0)],
      });
      expect(right.rows).toBe(1);
    });

    test(
      'a builder that was killed leaves nothing that counts; the next one builds it whole',
      {timeout: 120_000},
      async () => {
        const dataset = '3'.repeat(64);
        const builder = startProcess('build-vectors', [place.url, dataset]);
        expect(await builder.line()).toBe('batch written');
        await builder.kill();
        expect(await stores.vectors.open('mail', dataset)).toBeNull();
        const build = (owner: string) =>
          stores.vectors.build({project: 'mail', dataset, embedder: EMBEDDER, rows: rows(5), owner});
        await expect(build('other')).rejects.toMatchObject({name: 'Unavailable', retryable: true});
        expect((await build('job')).rows).toBe(5);
        await stores.vectors.drop('mail', dataset);
        expect(await stores.vectors.open('mail', dataset)).toBeNull();
        await stores.vectors.drop('mail', dataset);
      },
    );

    if (kind.name === 'file')
      test('the tables lie in the store, out of the way of its keys', async () => {
        const folder = fileURLToPath(place.url);
        expect(await readdir(`${folder}/vectors/mail`)).toContain('rows__dddddddddddd.lance');
      });
  });
