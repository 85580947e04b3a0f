import {z} from 'zod';
import {datasetDigest, type RowMark} from '../core/identity/dataset-digest.ts';
import {Provenance, type DatasetVersion} from '../schemas/dataset.ts';
import {RatchetError} from '../schemas/errors.ts';
import {Split} from '../schemas/row.ts';
import type {Stores} from './stores.ts';

const Mark = z.looseObject({digest: z.string(), split: Split});

/**
 * Why a dataset version is not what its digest names; null if it is. The digest is made again from its index, a line a row,
 * with its settings, tools and the golden sets of its parents.
 */
export async function datasetAmiss(
  {artifacts, registry}: Pick<Stores, 'artifacts' | 'registry'>,
  version: DatasetVersion,
): Promise<string | null> {
  const {project, digest, config, tools} = version;
  try {
    const {parents} = await artifacts.getJson(version.provenance, Provenance);
    const golden: string[] = [];
    for (const parent of parents) golden.push((await registry.dataset(project, parent)).golden.sha256);
    const rows: RowMark[] = [];
    for await (const mark of artifacts.lines(version.index, Mark)) rows.push([mark.digest, mark.split]);
    const got = datasetDigest({rows, golden, config, tools});
    return got === digest
      ? null
      : `its rows, settings and golden sets hash to ${got}: it was changed; restore it`;
  } catch (error) {
    if (!(error instanceof RatchetError) || error.retryable) throw error;
    return error.message;
  }
}
