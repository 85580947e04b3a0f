import {rowDigest} from '../../core/identity/row-digest.ts';
import {Provenance, type DatasetVersion} from '../../schemas/dataset.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {DatasetRow, type Split} from '../../schemas/row.ts';
import {datasetIndex} from '../../stores/audit/prove-dataset.ts';
import type {Stores} from '../../stores/stores.ts';

/**
 * The rows of a dataset version, as its digest names them: which files hold them stands outside of the digest, so each row is
 * proved by the project's row key, and each split by the version's index.
 */
export class DatasetRows {
  readonly #artifacts: Stores['artifacts'];
  readonly #version: DatasetVersion;
  readonly #rowKey: Uint8Array;
  readonly #index: ReadonlyMap<Split, readonly string[]>;

  private constructor(
    artifacts: Stores['artifacts'],
    version: DatasetVersion,
    rowKey: Uint8Array,
    index: ReadonlyMap<Split, readonly string[]>,
  ) {
    [this.#artifacts, this.#version, this.#rowKey, this.#index] = [artifacts, version, rowKey, index];
  }

  /** Throws DigestMismatch where the version is not what its digest names. */
  static async open(
    stores: Pick<Stores, 'artifacts' | 'registry'>,
    version: DatasetVersion,
    rowKey: Uint8Array,
  ): Promise<DatasetRows> {
    const found = await datasetIndex(stores, version);
    if (found.status === 'amiss') throw amiss(version, found.reason);
    return new DatasetRows(stores.artifacts, version, rowKey, found.index);
  }

  /**
   * As they stream in, each split in the order of ids. Throws DigestMismatch for a row that is not the one that was curated,
   * and at the end of a split that lacks one.
   */
  async *of(...splits: readonly Split[]): AsyncGenerator<DatasetRow, void, undefined> {
    const {shards} = await this.#artifacts.getJson(this.#version.provenance, Provenance);
    for (const split of splits) {
      const left = new Set(this.#index.get(split));
      for (const shard of shards) {
        if (shard.split !== split) continue;
        for await (const row of this.#artifacts.lines(shard.ref, DatasetRow)) {
          if (row.split !== split || row.digest !== rowDigest(this.#rowKey, row) || !left.delete(row.digest))
            throw amiss(this.#version, `row ${row.id} of split ${split} is not the one that was curated`);
          yield row;
        }
      }
      if (left.size > 0)
        throw amiss(this.#version, `${left.size} rows of split ${split} are missing from its files`);
    }
  }
}

function amiss({project, digest}: DatasetVersion, reason: string): RatchetError {
  return new RatchetError(
    'DigestMismatch',
    `dataset ${digest.slice(0, 12)} of ${project}: ${reason}; restore it from a backup, or curate again`,
  );
}
