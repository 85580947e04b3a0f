import {createHash, type Hash} from 'node:crypto';
import type {Split} from '../../schemas/row.ts';
import {canonicalJson} from './canonical-json.ts';

export type RowMark = readonly [digest: string, split: Split];

export interface DatasetIdentity {
  /** One pair a row, in any order. */
  readonly rows: Iterable<RowMark>;
  /** Digests of the golden sets this version was kept apart from, in any order. */
  readonly golden: readonly string[];
  readonly config: string;
  readonly tools: string;
}

/**
 * A dataset version's name: sha256 over the canonical JSON of {config, golden: sorted, rows: sorted [digest, split], tools}.
 * Any order, sharding or batching of the same rows gives the same digest.
 */
export function datasetDigest({rows, golden, config, tools}: DatasetIdentity): string {
  const hasher = new DatasetHasher({golden, config});
  for (const [digest, split] of [...rows].sort(byMark)) hasher.add(digest, split);
  return hasher.digest(tools);
}

/**
 * The same digest for rows that come sorted already (by digest, then split), without holding them: what a merge of sorted
 * shards feeds. Throws RangeError when a row comes out of order.
 */
export class DatasetHasher {
  readonly #hash: Hash;
  #last: RowMark | null = null;

  constructor({golden, config}: {golden: readonly string[]; config: string}) {
    // RFC 8785 sorts members, so the text is {"config":…,"golden":[…],"rows":[…],"tools":…} and can be hashed as it grows.
    this.#hash = createHash('sha256').update(
      `{"config":${canonicalJson(config)},"golden":${canonicalJson([...golden].sort())},"rows":[`,
    );
  }

  add(digest: string, split: Split): void {
    const mark: RowMark = [digest, split];
    if (this.#last !== null && byMark(this.#last, mark) > 0)
      throw new RangeError(
        `row ${digest} came after ${this.#last[0]}: rows must come sorted by digest, then split`,
      );
    this.#hash.update((this.#last === null ? '' : ',') + canonicalJson(mark));
    this.#last = mark;
  }

  /** Ends the hash; call once. */
  digest(tools: string): string {
    return this.#hash.update(`],"tools":${canonicalJson(tools)}}`).digest('hex');
  }
}

function byMark(a: RowMark, b: RowMark): number {
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1;
  if (a[1] !== b[1]) return a[1] < b[1] ? -1 : 1;
  return 0;
}
