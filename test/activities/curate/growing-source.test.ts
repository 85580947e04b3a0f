import {afterAll, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import {GoldenEntry} from '../../../activities/curate/frozen-golden.ts';
import {ids, records, settings} from './notes.ts';
import {Workbench, all, type Curated} from './workbench.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
});
afterAll(() => bench.remove());
// Each test tells by a parent what is to be reused.
beforeEach(() => bench.forgetProcessed());

describe('a source that grows', () => {
  let before: Curated;
  let after: Curated;
  beforeAll(async () => {
    await bench.forgetProcessed();
    await bench.jsonl('grown.jsonl', records(0, 100));
    before = await bench.curate(settings('grown.jsonl'));
    const golden = before.rows.find((row) => row.split === 'golden')!;
    await bench.jsonl('grown.jsonl', [
      ...records(0, 100),
      ...records(100, 150),
      // with an id that comes before all others: a copy of a golden row, and of one in training
      {id: 'a1', text: `${golden.fields.text} And so on.`, class: 'ham'},
      {
        id: 'a2',
        text: `${before.rows.find((row) => row.split === 'train')!.fields.text} And so on.`,
        class: 'ham',
      },
    ]);
    after = await bench.curate(settings('grown.jsonl'), {
      parentDataset: before.result.dataset,
      reason: 'new_data',
    });
  });

  it('has only its new records processed, and says so', () => {
    expect(before.planned).toMatchObject({processed: 100, reused: 0});
    expect(after.planned).toMatchObject({processed: 52, reused: 100});
    expect(after.result).toMatchObject({rowsIn: 152, processed: 52, reused: 100});
    expect(after.provenance).toMatchObject({processed: 52, reused: 100, parents: [before.result.dataset]});
  });

  it('leaves the golden set as it was, and everything that is like it outside', async () => {
    const golden = ids(before, 'golden');
    expect(ids(after, 'golden')).toEqual(expect.arrayContaining(golden));
    expect(after.drops.find((drop) => drop.id === 'notes/a1')).toMatchObject({
      rule: 'golden_overlap',
      survivor: golden[0],
    });
    expect(after.planned.golden).toBe(before.version.golden.sha256);
    const entries = await all(bench.stores.artifacts.lines(after.version.golden, GoldenEntry));
    const old = entries.filter((entry) => entry.since === before.result.dataset).map((entry) => entry.id);
    const fresh = entries.filter((entry) => entry.since === after.result.dataset).map((entry) => entry.id);
    expect(old).toEqual(golden);
    expect(fresh.length).toBeGreaterThan(0);
    expect(fresh.every((id) => id >= 'notes/r0100')).toBe(true);
  });

  it('leaves every row in its split, also where a smaller id takes over', () => {
    const splits = new Map(after.rows.map((row) => [row.id, row.split]));
    const moved = before.rows.filter((row) => splits.has(row.id) && splits.get(row.id) !== row.split);
    expect(moved).toEqual([]);
    expect(splits.get('notes/a2')).toBe('train');
    expect(before.rows.filter((row) => !splits.has(row.id))).toHaveLength(1);
  });

  it('gives what processing everything anew gives', async () => {
    // The same key, with nothing to reuse: the ledger's key depends on the rules.
    const anew = await bench.curate(settings('grown.jsonl', {max_chars: 199_999}), {
      parentDataset: before.result.dataset,
      reason: 'new_data',
    });
    expect(anew.planned).toMatchObject({processed: 152, reused: 0});
    expect(anew.version.index.sha256).toBe(after.version.index.sha256);
  });

  it('reuses what a version processed whose candidate was never released', async () => {
    await bench.jsonl('rejected.jsonl', records(300, 340));
    expect((await bench.curate(settings('rejected.jsonl'))).planned).toMatchObject({processed: 40});
    await bench.jsonl('rejected.jsonl', records(300, 345));
    const again = await bench.curate(settings('rejected.jsonl'));
    expect(again.planned).toMatchObject({processed: 5, reused: 40});
    expect(again.provenance.parents).toEqual([]);
    // A source that shrank in between costs nothing where the parent still knows the rest.
    await bench.jsonl('rejected.jsonl', records(300, 310));
    await bench.curate(settings('rejected.jsonl'));
    await bench.jsonl('rejected.jsonl', records(300, 350));
    const grown = await bench.curate(settings('rejected.jsonl'), {parentDataset: again.result.dataset});
    expect(grown.planned).toMatchObject({processed: 5, reused: 45});
    await bench.forgetProcessed();
    const anew = await bench.curate(settings('rejected.jsonl', {max_chars: 199_999}), {
      parentDataset: again.result.dataset,
    });
    expect(anew.version.index.sha256).toBe(grown.version.index.sha256);
  });

  it('goes on reusing from version to version', async () => {
    await bench.jsonl('grown.jsonl', records(0, 160));
    const third = await bench.curate(settings('grown.jsonl'), {
      parentDataset: after.result.dataset,
      reason: 'new_data',
    });
    expect(third.planned).toMatchObject({processed: 10, reused: 150});
    expect(ids(third, 'golden')).toEqual(expect.arrayContaining(ids(after, 'golden')));
  });

  it('keeps golden rows as they were where ids moved on, and their texts out of training', async () => {
    const old = records(0, 100);
    // Every record has the id of the one before it.
    await bench.jsonl(
      'shifted.jsonl',
      old.slice(1).map((record, i) => ({...record, id: old[i]!.id})),
    );
    const shifted = await bench.curate(settings('shifted.jsonl'), {
      parentDataset: before.result.dataset,
      reason: 'new_data',
    });
    const golden = before.rows.filter((row) => row.split === 'golden');
    const text = new Map(shifted.rows.map((row) => [row.fields.text, row]));
    for (const row of golden) expect(text.get(row.fields.text)).toMatchObject({id: row.id, split: 'golden'});
    const changed = shifted.drops.filter((drop) => golden.some((row) => row.id === drop.id));
    expect(changed.length).toBeGreaterThanOrEqual(golden.length - 1);
    expect(new Set(changed.map((drop) => drop.rule))).toEqual(new Set(['golden_overlap']));
  });

  it('keeps golden rows that are in no source any more', async () => {
    await bench.jsonl('other.jsonl', records(200, 260));
    const moved = await bench.curate(settings('other.jsonl'), {
      parentDataset: before.result.dataset,
      reason: 'new_data',
    });
    const carried = ids(before, 'golden').length;
    expect(ids(moved, 'golden')).toEqual(expect.arrayContaining(ids(before, 'golden')));
    expect(moved.result.rowsIn).toBe(60 + carried);
    expect(moved.provenance.sources.at(-1)).toMatchObject({name: 'frozen-golden', rows: carried});
    expect(moved.provenance.alerts).toContain(
      `${carried} golden rows are in no source any more as they were, and were taken over`,
    );
  });
});
