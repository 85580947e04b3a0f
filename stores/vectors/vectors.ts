import {randomUUID} from 'node:crypto';
import type {Connection} from '@lancedb/lancedb';
import {z} from 'zod';
import {Digest} from '../../schemas/artifact.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {short} from '../../schemas/names.ts';
import {readDocument, writeDocument} from '../objects/documents.ts';
import {Leases} from '../objects/lease.ts';
import {keySegment} from '../objects/object-key.ts';
import type {ObjectStore} from '../objects/object-store.ts';
import {isNoTable, vectorError} from './vector-errors.ts';
import {vectorLocation} from './vector-location.ts';
import type {VectorRow} from './vector-rows.ts';
import {VectorTable} from './vector-table.ts';

/** Rows written at once: 10 MB at 256 dimensions. */
const BATCH = 10_000;
/** A builder that has not written for so long is taken for dead. */
const LEASE_MS = 120_000;

export const Built = z.strictObject({
  v: z.literal(1),
  table: z.string(),
  dataset: Digest,
  embedder: z.string(),
  dims: z.int().positive(),
  rows: z.int().nonnegative(),
});

export interface VectorBuild {
  readonly project: string;
  /** Digest of the dataset version. */
  readonly dataset: string;
  readonly embedder: {readonly name: string; readonly dims: number};
  readonly rows: Iterable<VectorRow> | AsyncIterable<VectorRow>;
  /** Who builds, a job's key: a new attempt of the same owner takes over from the former at once. Random if missing. */
  readonly owner?: string;
}

/** `rows__0123456789ab` */
export function vectorTableName(dataset: string): string {
  return `rows__${short(dataset)}`;
}

/**
 * Embeddings of the rows of each dataset version: one LanceDB table a version, in the store under `vectors/PROJECT/`, never
 * changed once built. A table counts only when its entry `vectors-built/PROJECT/TABLE.json` is there, written last: what a
 * builder that died left behind is built anew.
 */
export class Vectors {
  readonly #store: ObjectStore;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** Null if it was not built, or by another embedder than the one named, whose distances would mean nothing. */
  async open(project: string, dataset: string, embedder?: string): Promise<VectorTable | null> {
    const found = await readDocument(this.#store, builtKey(project, dataset), Built);
    if (found === null || found.value.dataset !== dataset) return null;
    if (embedder !== undefined && found.value.embedder !== embedder) return null;
    try {
      const connection = await this.#connect(project);
      return new VectorTable(await connection.openTable(found.value.table), found.value);
    } catch (error) {
      if (isNoTable(error)) return null;
      throw vectorError(error, `opening the table ${found.value.table} of ${project}`);
    }
  }

  /**
   * Builds the table unless it is there, by this embedder (one by another embedder is replaced). Throws Unavailable while
   * another owner builds it, Fenced when the same owner began anew elsewhere, InvalidInput for a vector of another length;
   * what was begun does not count then.
   */
  async build(build: VectorBuild): Promise<VectorTable> {
    const {project, dataset, embedder, owner = randomUUID()} = build;
    const there = await this.open(project, dataset, embedder.name);
    if (there) return there;
    const name = vectorTableName(dataset);
    const leases = new Leases(this.#store, project);
    const acquired = await leases.acquire(`vectors ${name}`, {owner, ttlMs: LEASE_MS});
    if (acquired.status === 'held')
      throw new RatchetError(
        ErrorType.Unavailable,
        `the table ${name} of ${project} is being built by another process: try again from ${acquired.until.toISOString()}`,
      );
    const {lease} = acquired;
    try {
      const meanwhile = await this.open(project, dataset, embedder.name);
      if (meanwhile) return meanwhile;
      await this.#fill(build, () => leases.renew(lease, LEASE_MS));
    } finally {
      await leases.release(lease).catch(() => {}); // fenced, or away: the lease's end is not what this is about
    }
    return (await this.open(project, dataset, embedder.name))!;
  }

  /** `allowed` throws when another builder took over. */
  async #fill({project, dataset, embedder, rows}: VectorBuild, allowed: () => Promise<void>): Promise<void> {
    const name = vectorTableName(dataset);
    const connection = await this.#connect(project);
    await this.#drop(connection, project, dataset);
    const {VectorWriter} = await import('./vector-writer.ts'); // with Arrow; as LanceDB, loaded when it is needed
    const writer = new VectorWriter(connection, name, embedder.dims);
    let count = 0;
    for await (const batch of batches(rows)) {
      await allowed();
      await writer.add(batch);
      count += batch.length;
    }
    const got = await writer.rows();
    if (got !== count)
      throw new RatchetError(
        ErrorType.Unavailable,
        `the table ${name} of ${project} holds ${got} rows, ${count} were written: it will be rebuilt`,
      );
    await allowed();
    const built = {
      v: 1 as const,
      table: name,
      dataset,
      embedder: embedder.name,
      dims: embedder.dims,
      rows: count,
    };
    await writeDocument(this.#store, builtKey(project, dataset), Built, built);
  }

  /** No error if there is none. */
  async drop(project: string, dataset: string): Promise<void> {
    await this.#drop(await this.#connect(project), project, dataset);
  }

  async #drop(connection: Connection, project: string, dataset: string): Promise<void> {
    await this.#store.delete(builtKey(project, dataset));
    const name = vectorTableName(dataset);
    try {
      if ((await connection.tableNames()).includes(name)) await connection.dropTable(name);
    } catch (error) {
      throw vectorError(error, `dropping the table ${name} of ${project}`);
    }
  }

  async #connect(project: string): Promise<Connection> {
    const {uri, storageOptions} = await vectorLocation(this.#store.url, project);
    // Native code of some 100 MB: only who needs vectors loads it.
    const {connect} = await import('@lancedb/lancedb');
    return connect(uri, {storageOptions});
  }
}

async function* batches(
  rows: Iterable<VectorRow> | AsyncIterable<VectorRow>,
): AsyncGenerator<VectorRow[], void, undefined> {
  let batch: VectorRow[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length === BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

function builtKey(project: string, dataset: string): string {
  return `vectors-built/${keySegment(project)}/${vectorTableName(dataset)}.json`;
}
