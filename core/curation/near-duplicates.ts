import {jaccard} from './minhash.ts';
import type {Pause} from './pause.ts';
import type {UnionFind} from './union-find.ts';

export interface NearDuplicateInput {
  /** Documents 0…n−1 in the order of their ids. */
  readonly n: number;
  /** Documents to look at (survivors of exact deduplication), ascending; all if missing. */
  readonly among?: readonly number[];
  readonly bands: number;
  /** Key of a document in a band; null for one that is like no other. */
  readonly bandKey: (document: number, band: number) => number | null;
  readonly shingles: (document: number) => Uint32Array | Promise<Uint32Array>;
  /** Least Jaccard similarity of an edge. */
  readonly threshold: number;
  /** Most documents of one cluster. */
  readonly maxCluster: number;
  /** Called for every document of every band. */
  readonly pause?: Pause | undefined;
}
export interface NearDuplicateCounts {
  /** Pairs whose shingle sets were compared. */
  compared: number;
  /** Pairs that were similar enough. */
  edges: number;
  /** Edges that were left out, since the cluster would have become larger than allowed. */
  refused: number;
}

/** Documents of one bucket that a document is compared with: more are mostly one text, joined already. */
const MAX_PEERS = 256;

/**
 * Joins near-duplicates in `sets`: candidates share a band, and an edge counts only if the shingle sets themselves are
 * similar enough, since unverified candidates chain whole corpora together. Depends on the order of ids alone: any sharding
 * of the same documents gives the same clusters.
 */
export async function joinNearDuplicates(
  input: NearDuplicateInput,
  sets: UnionFind,
): Promise<NearDuplicateCounts> {
  const {n, bands, bandKey, threshold, maxCluster} = input;
  const among = input.among ?? Array.from({length: n}, (_, i) => i);
  const counts: NearDuplicateCounts = {compared: 0, edges: 0, refused: 0};
  const unlike = new Set<number>();
  const shinglesOf = remembered(input.shingles);
  for (let band = 0; band < bands; band++) {
    const buckets = new Map<number, number | number[]>();
    for (const document of among) {
      await input.pause?.();
      const key = bandKey(document, band);
      if (key === null) continue;
      const bucket = buckets.get(key);
      if (bucket === undefined) {
        buckets.set(key, document);
        continue;
      }
      const peers = typeof bucket === 'number' ? [bucket] : bucket;
      for (const peer of peers) {
        if (sets.root(peer) === sets.root(document)) continue;
        const pair = peer * n + document;
        if (unlike.has(pair)) continue;
        counts.compared++;
        if (jaccard(await shinglesOf(peer), await shinglesOf(document)) < threshold) {
          unlike.add(pair);
          continue;
        }
        counts.edges++;
        if (!sets.join(peer, document, maxCluster)) {
          counts.refused++;
          unlike.add(pair);
        }
      }
      if (peers.length < MAX_PEERS) peers.push(document);
      buckets.set(key, peers);
    }
  }
  return counts;
}

/** Shingle sets that were asked for lately. */
const REMEMBERED = 2048;

function remembered(
  shingles: NearDuplicateInput['shingles'],
): (document: number) => Uint32Array | Promise<Uint32Array> {
  const recent = new Map<number, Uint32Array>();
  return async (document) => {
    const known = recent.get(document);
    if (known) return known;
    const set = await shingles(document);
    if (recent.size >= REMEMBERED) recent.delete(recent.keys().next().value!);
    recent.set(document, set);
    return set;
  };
}
