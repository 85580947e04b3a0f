import {z} from 'zod';
import {Digest, type ArtifactRef} from '../../schemas/artifact.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {CacheEntry} from '../../schemas/stage.ts';
import type {Artifacts} from '../objects/artifacts.ts';
import {readDocument, writeDocument} from '../objects/documents.ts';
import {keySegment} from '../objects/object-key.ts';
import type {ObjectStore} from '../objects/object-store.ts';
import {sealHolds, sealOf} from '../audit/seal.ts';

const ATTEMPTS = 20;

/** As it is stored: the first format had no seal. */
export const StoredEntry = CacheEntry.extend({v: z.literal([1, 2]), seal: Digest.optional()});
type StoredEntry = z.infer<typeof StoredEntry>;
const SEAL = 'stage cache';

/**
 * Results of stages by key: `cache/STAGE/KEY.json`. No digest ties a result to its key, so who plants an entry would plant an
 * adapter, or a report that says `pass`: where there is a row key, entries are sealed with it, and one that is not counts as
 * none.
 */
export class StageCache {
  readonly #store: ObjectStore;
  readonly #artifacts: Artifacts;
  readonly #rowKey: Uint8Array | undefined;

  constructor(store: ObjectStore, artifacts: Artifacts, rowKey?: Uint8Array) {
    this.#store = store;
    this.#artifacts = artifacts;
    this.#rowKey = rowKey;
  }

  /**
   * A hit only if every artifact of the entry still exists with its size, and the project's own processes wrote it; else null,
   * and the stage runs again.
   */
  async find(stage: string, key: string): Promise<CacheEntry | null> {
    const found = await readDocument(this.#store, entryKey(stage, key), StoredEntry);
    const entry = found && this.#own(found.value, {stage, key});
    return entry && (await this.#complete(entry.artifacts)) ? entry : null;
  }

  /** Every result of a stage that the project's own processes wrote, whether or not its artifacts still exist. */
  async *all(stage: string): AsyncGenerator<CacheEntry, void, undefined> {
    const folder = entryKey(stage, '').slice(0, -'.json'.length);
    for await (const name of this.#store.list(folder)) {
      const found = await readDocument(this.#store, name, StoredEntry);
      const key = name.slice(folder.length, -'.json'.length);
      const entry = found && this.#own(found.value, {stage, key});
      if (entry) yield entry;
    }
  }

  /**
   * Create-only: of two that store at once both get the first one's entry. One whose artifacts are gone, or that is not the
   * project's own, is replaced.
   */
  async store(entry: CacheEntry): Promise<CacheEntry> {
    const {stage, key: own} = entry;
    const key = entryKey(stage, own);
    const sealed = this.#sealed(entry);
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const created = await writeDocument(this.#store, key, StoredEntry, sealed, {ifNoneMatch: '*'});
      if (created.status === 'written') return entry;
      const found = await readDocument(this.#store, key, StoredEntry);
      if (found === null) continue;
      const there = this.#own(found.value, {stage, key: own});
      if (there !== null && (await this.#complete(there.artifacts))) return there;
      const replaced = await writeDocument(this.#store, key, StoredEntry, sealed, {ifMatch: found.etag});
      if (replaced.status === 'written') return entry;
    }
    throw new RatchetError(
      ErrorType.PointerConflict,
      `${key} in ${this.#store.url} changed under each of ${ATTEMPTS} attempts: try again`,
    );
  }

  #sealed(entry: CacheEntry): StoredEntry {
    if (this.#rowKey === undefined) return entry;
    return {...entry, v: 2, seal: sealOf(this.#rowKey, SEAL, entry)};
  }

  /** The entry without its seal; null where it is another's, or its seal does not hold. */
  #own(stored: StoredEntry, {stage, key}: {readonly stage: string; readonly key: string}): CacheEntry | null {
    const {seal, ...rest} = stored;
    const entry: CacheEntry = {...rest, v: 1};
    if (entry.stage !== stage || entry.key !== key) return null;
    if (this.#rowKey === undefined) return entry;
    return seal !== undefined && sealHolds(this.#rowKey, SEAL, entry, seal) ? entry : null;
  }

  async #complete(artifacts: readonly ArtifactRef[]): Promise<boolean> {
    const there = await Promise.all(artifacts.map((ref) => this.#artifacts.exists(ref)));
    return there.every(Boolean);
  }
}

function entryKey(stage: string, key: string): string {
  return `cache/${keySegment(stage)}/${key}.json`;
}
