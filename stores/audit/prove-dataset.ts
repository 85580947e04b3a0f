import {z} from 'zod';
import {datasetDigest, type RowMark} from '../../core/identity/dataset-digest.ts';
import {Provenance, type DatasetVersion} from '../../schemas/dataset.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {Split} from '../../schemas/row.ts';
import type {Stores} from '../stores.ts';

const Mark = z.looseObject({digest: z.string(), split: Split});

/**
 * Digests of a dataset version's rows by split, if its digest names them; else why not. The digest is made again from its
 * index, a line a row, with its settings, tools and the golden sets of its parents.
 */
export async function datasetIndex(
  {artifacts, registry}: Pick<Stores, 'artifacts' | 'registry'>,
  version: DatasetVersion,
): Promise<
  | {readonly status: 'holds'; readonly index: ReadonlyMap<Split, readonly string[]>}
  | {readonly status: 'amiss'; readonly reason: string}
> {
  const {project, digest, config, tools} = version;
  try {
    const {parents} = await artifacts.getJson(version.provenance, Provenance);
    const golden: string[] = [];
    for (const parent of parents) golden.push((await registry.dataset(project, parent)).golden.sha256);
    const rows: RowMark[] = [];
    const index = new Map<Split, string[]>();
    for await (const mark of artifacts.lines(version.index, Mark)) {
      rows.push([mark.digest, mark.split]);
      const ofSplit = index.get(mark.split);
      if (ofSplit === undefined) index.set(mark.split, [mark.digest]);
      else ofSplit.push(mark.digest);
    }
    const got = datasetDigest({rows, golden, config, tools});
    if (got === digest) return {status: 'holds', index};
    return {
      status: 'amiss',
      reason: `its rows, settings and golden sets hash to ${got}: it was changed; restore it`,
    };
  } catch (error) {
    if (!(error instanceof RatchetError) || error.retryable) throw error;
    return {status: 'amiss', reason: error.message};
  }
}

/** Why a dataset version is not what its digest names; null if it is. */
export async function datasetAmiss(
  stores: Pick<Stores, 'artifacts' | 'registry'>,
  version: DatasetVersion,
): Promise<string | null> {
  const found = await datasetIndex(stores, version);
  return found.status === 'amiss' ? found.reason : null;
}
