import type {Split} from '../../schemas/row.ts';
import {GoldenIndex} from './decontaminate.ts';
import {jaccard} from './minhash.ts';
import type {Pause} from './pause.ts';
import {SketchIndex} from './sketch-index.ts';

export interface SeparateInput<R> {
  /** Kept rows in the order of their ids. */
  readonly rows: readonly {readonly row: R; readonly id: string; readonly split: Split}[];
  readonly text: (row: R) => string | Promise<string>;
  readonly shingles: (row: R) => Uint32Array | Promise<Uint32Array>;
  readonly jaccard: number;
  readonly ngramWords: number;
  readonly overlap: number;
  /** Called for every row. */
  readonly pause?: Pause | undefined;
}
export interface Separated {
  /** Index into `rows`. */
  readonly at: number;
  readonly rule: 'golden_overlap' | 'near_duplicate';
  readonly reason: string;
  readonly survivor: string;
}

/** Which split a row leaves for the sake of another: what is measured on stays, what is learned from goes. */
const ORDER: readonly Split[] = ['golden', 'validation', 'traffic', 'train'];

/**
 * Rows that have to leave their split, since one in another split is too much like them: outside of golden, rows that share
 * long word sequences with a golden row; anywhere, near-duplicates that the banded signatures did not find.
 */
export async function separateSplits<R>(input: SeparateInput<R>): Promise<Separated[]> {
  const {rows, ngramWords, overlap, pause} = input;
  const golden = new GoldenIndex({ngramWords});
  for (const {row, id, split} of rows) {
    if (split !== 'golden') continue;
    await pause?.();
    golden.add(id, await input.text(row));
  }
  const leaving: Separated[] = [];
  const sketches = new SketchIndex();
  for (const split of ORDER) {
    const staying: {at: number; set: Uint32Array}[] = [];
    for (const [at, {row, split: own}] of rows.entries()) {
      if (own !== split) continue;
      await pause?.();
      const found =
        split === 'golden' || golden.size === 0 ? null : golden.overlap(await input.text(row), overlap);
      if (found) {
        const shared = Math.round(100 * found.share);
        const reason = `shares ${shared} % of its ${ngramWords}-word sequences with golden row ${found.golden}`;
        leaving.push({at, rule: 'golden_overlap', reason, survivor: found.golden});
        continue;
      }
      const set = await input.shingles(row);
      const like = split === 'golden' ? null : await nearest(set, sketches, input);
      if (!like) {
        // Nothing is compared with rows of the last split, the largest by far.
        if (split !== 'train') staying.push({at, set});
        continue;
      }
      const {id: survivor, split: other} = rows[like.at]!;
      const reason = `near-duplicate of ${other} row ${survivor} (Jaccard ${like.similarity.toFixed(2)})`;
      leaving.push({at, rule: other === 'golden' ? 'golden_overlap' : 'near_duplicate', reason, survivor});
    }
    // Rows of one split are compared with those of the splits before it, not with one another.
    for (const {at, set} of staying) sketches.add(at, set);
  }
  return leaving;
}

/** The first row that is similar enough to be a near-duplicate. */
async function nearest<R>(
  set: Uint32Array,
  sketches: SketchIndex,
  {rows, shingles, jaccard: least}: SeparateInput<R>,
): Promise<{at: number; similarity: number} | null> {
  for (const at of sketches.candidates(set)) {
    const similarity = jaccard(set, await shingles(rows[at]!.row));
    if (similarity >= least) return {at, similarity};
  }
  return null;
}
