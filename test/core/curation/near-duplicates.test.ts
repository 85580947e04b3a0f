import {describe, expect, it} from 'vitest';
import {fingerprint, readBands, rowShingles} from '../../../core/curation/fingerprint.ts';
import {jaccard} from '../../../core/curation/minhash.ts';
import {joinNearDuplicates} from '../../../core/curation/near-duplicates.ts';
import {rowText} from '../../../core/curation/row-text.ts';
import {transformRecord} from '../../../core/curation/transform.ts';
import {UnionFind} from '../../../core/curation/union-find.ts';
import {realMails} from './mails.ts';

const CONFIG = {shingleWords: 5, bands: 14, rows: 8};
const THRESHOLD = 0.8;

/** Sets by definition: all pairs compared. */
function bruteForce(
  sets: readonly Uint32Array[],
  threshold: number,
): {edges: [number, number][]; joined: UnionFind} {
  const edges: [number, number][] = [];
  const joined = new UnionFind(sets.length);
  for (let i = 0; i < sets.length; i++)
    for (let j = 0; j < i; j++)
      if (jaccard(sets[i]!, sets[j]!) >= threshold) {
        edges.push([j, i]);
        joined.join(i, j);
      }
  return {edges, joined};
}

describe('near-duplicates of real mails', async () => {
  const key = Buffer.alloc(32, 7);
  const rows: {fields: Readonly<Record<string, string>>}[] = [];
  for (const {bytes} of [...realMails('spam-1', 350), ...realMails('easy-ham-1', 150)]) {
    const result = await transformRecord(
      bytes,
      {format: 'mail', fields: [], pii: ['email', 'phone', 'ip']},
      key,
    );
    if (result.status === 'ok' && result.value.chars >= 20) rows.push({fields: result.value.fields});
  }
  const sets = rows.map((row) => rowShingles(rowText(row), CONFIG));
  const bands = rows.map((row) => readBands(fingerprint(row, CONFIG).bands)!);
  const truth = bruteForce(sets, THRESHOLD);
  const found = new UnionFind(rows.length);
  const counts = await joinNearDuplicates(
    {
      n: rows.length,
      bands: CONFIG.bands,
      bandKey: (document, band) => bands[document]![band]!,
      shingles: (document) => sets[document]!,
      threshold: THRESHOLD,
      maxCluster: 1000,
    },
    found,
  );

  it('are there', () => {
    expect(truth.edges.length).toBeGreaterThan(50);
  });

  it('join nothing that comparing all pairs does not join', () => {
    for (let i = 0; i < rows.length; i++) expect(truth.joined.root(found.root(i))).toBe(truth.joined.root(i));
    expect(counts.edges).toBeGreaterThan(0);
    expect(counts.refused).toBe(0);
  });

  it('find as much as the S-curve promises', () => {
    const joined = truth.edges.filter(([i, j]) => found.root(i) === found.root(j));
    expect(joined.length / truth.edges.length).toBeGreaterThan(0.92);
  });

  it('compare a small part of all pairs', () => {
    expect(counts.compared).toBeLessThan((rows.length * (rows.length - 1)) / 2 / 100);
  });
});

describe('joining', () => {
  const setOf = (from: number, to: number): Uint32Array =>
    Uint32Array.from({length: to - from}, (_, i) => from + i);

  it('verifies every candidate: one key for all joins nothing that is unlike', async () => {
    const sets = new UnionFind(200);
    const counts = await joinNearDuplicates(
      {
        n: 200,
        bands: 2,
        bandKey: () => 1,
        shingles: (i) => setOf(100 * i, 100 * i + 100),
        threshold: 0.5,
        maxCluster: 1000,
      },
      sets,
    );
    expect(counts.edges).toBe(0);
    expect(Array.from({length: 200}, (_, i) => sets.root(i))).toEqual(Array.from({length: 200}, (_, i) => i));
  });

  it('follows chains, and stops a cluster at the size that is allowed', async () => {
    // Each is like the next (Jaccard 90/110), none like the one after that beyond the threshold.
    const chain = (maxCluster: number, sets: UnionFind): Promise<{refused: number}> =>
      joinNearDuplicates(
        {
          n: 10,
          bands: 1,
          bandKey: () => 7,
          shingles: (i) => setOf(10 * i, 10 * i + 100),
          threshold: 0.8,
          maxCluster,
        },
        sets,
      );
    const whole = new UnionFind(10);
    expect((await chain(10, whole)).refused).toBe(0);
    expect(whole.size(9)).toBe(10);
    expect(whole.root(9)).toBe(0);
    const capped = new UnionFind(10);
    expect((await chain(4, capped)).refused).toBeGreaterThan(0);
    expect(Math.max(...Array.from({length: 10}, (_, i) => capped.size(i)))).toBe(4);
  });

  it('leaves out texts without words', async () => {
    const sets = new UnionFind(3);
    const input = {
      n: 3,
      bands: 1,
      bandKey: () => null,
      shingles: () => setOf(0, 9),
      threshold: 0.8,
      maxCluster: 9,
    };
    expect((await joinNearDuplicates(input, sets)).compared).toBe(0);
  });
});

describe('disjoint sets', () => {
  it('have their smallest member as root, in whatever order they are joined', () => {
    const sets = new UnionFind(6);
    sets.join(5, 4);
    sets.join(4, 2);
    sets.join(3, 5);
    expect([2, 3, 4, 5].map((i) => sets.root(i))).toEqual([2, 2, 2, 2]);
    expect([sets.root(0), sets.root(1), sets.size(3), sets.size(0)]).toEqual([0, 1, 4, 1]);
    expect(sets.join(0, 5, 4)).toBe(false);
    expect(sets.join(2, 5, 1)).toBe(true);
  });
});
