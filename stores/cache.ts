import type {ArtifactRef} from '../schemas/artifact.ts';
import {ErrorType, RatchetError} from '../schemas/errors.ts';
import {CacheEntry} from '../schemas/stage.ts';
import type {Artifacts} from './artifacts.ts';
import {readDocument, writeDocument} from './documents.ts';
import {keySegment} from './object-key.ts';
import type {ObjectStore} from './object-store.ts';

const ATTEMPTS = 20;

/** Results of stages by key: `cache/STAGE/KEY.json`. */
export class StageCache {
  readonly #store: ObjectStore;
  readonly #artifacts: Artifacts;

  constructor(store: ObjectStore, artifacts: Artifacts) {
    this.#store = store;
    this.#artifacts = artifacts;
  }

  /** A hit only if every artifact of the entry still exists with its size; else null, and the stage runs again. */
  async find(stage: string, key: string): Promise<CacheEntry | null> {
    const found = await readDocument(this.#store, entryKey(stage, key), CacheEntry);
    return found && (await this.#complete(found.value.artifacts)) ? found.value : null;
  }

  /**
   * Create-only: of two that store at once both get the first one's entry. An entry whose artifacts are gone is replaced.
   */
  async store(entry: CacheEntry): Promise<CacheEntry> {
    const key = entryKey(entry.stage, entry.key);
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const created = await writeDocument(this.#store, key, CacheEntry, entry, {ifNoneMatch: '*'});
      if (created.status === 'written') return entry;
      const found = await readDocument(this.#store, key, CacheEntry);
      if (found === null) continue;
      if (await this.#complete(found.value.artifacts)) return found.value;
      const replaced = await writeDocument(this.#store, key, CacheEntry, entry, {ifMatch: found.etag});
      if (replaced.status === 'written') return entry;
    }
    throw new RatchetError(
      ErrorType.PointerConflict,
      `${key} in ${this.#store.url} changed under each of ${ATTEMPTS} attempts: try again`,
    );
  }

  async #complete(artifacts: readonly ArtifactRef[]): Promise<boolean> {
    const there = await Promise.all(artifacts.map((ref) => this.#artifacts.exists(ref)));
    return there.every(Boolean);
  }
}

function entryKey(stage: string, key: string): string {
  return `cache/${keySegment(stage)}/${key}.json`;
}
