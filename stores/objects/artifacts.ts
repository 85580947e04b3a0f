import {createHash, randomUUID, type Hash} from 'node:crypto';
import {mkdir, mkdtemp, open, rename, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import type {z} from 'zod';
import {canonicalJson} from '../../core/identity/canonical-json.ts';
import {sha256Hex} from '../../core/identity/digest.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import type {ArtifactRef} from '../../schemas/artifact.ts';
import {writtenByNewer} from '../../schemas/newer.ts';
import {tolerant} from '../../schemas/tolerant.ts';
import {fileError} from './file-errors.ts';
import {jsonLines, writeLines} from './json-lines.ts';
import type {ObjectStore} from './object-store.ts';
import {parseJson} from './parse-json.ts';
import {sourceFile} from './source-file.ts';
import {explainError, firstOf} from '../../schemas/explain-issue.ts';

export const JSON_TYPE = 'application/json';
export const JSONL_TYPE = 'application/jsonl';

/**
 * Immutable bytes under the name of their sha256: `artifacts/sha256/ab/abcd…`. Putting what is there already writes nothing;
 * every read hashes what comes and throws DigestMismatch if it is not what the reference says, ArtifactMissing if it is gone.
 */
export class Artifacts {
  readonly #store: ObjectStore;
  readonly #onWritten: (bytes: number) => void;

  /** `onWritten` hears of the bytes of each artifact that was not there before. */
  constructor(store: ObjectStore, onWritten: (bytes: number) => void = () => undefined) {
    this.#store = store;
    this.#onWritten = onWritten;
  }

  async putBytes(bytes: Uint8Array | string, mediaType: string): Promise<ArtifactRef> {
    const body = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
    const ref = refOf(sha256Hex(body), body.length, mediaType);
    await this.#unlessThere(ref, () => this.#store.put(ref.uri, body));
    return ref;
  }

  async putFile(path: string, mediaType: string): Promise<ArtifactRef> {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of sourceFile(path)) {
      hash.update(chunk);
      bytes += chunk.length;
    }
    const ref = refOf(hash.digest('hex'), bytes, mediaType);
    await this.#unlessThere(ref, () => this.#store.putFile(ref.uri, path, {sha256: ref.sha256}));
    return ref;
  }

  /** As canonical JSON, so that one value has one digest. */
  async putJson(value: unknown, mediaType: string = JSON_TYPE): Promise<ArtifactRef> {
    return this.putBytes(canonicalJson(value), mediaType);
  }

  /** One canonical JSON text a line, never all in memory. `lines` counts them. */
  async putLines(
    values: Iterable<unknown> | AsyncIterable<unknown>,
    mediaType: string = JSONL_TYPE,
  ): Promise<{readonly ref: ArtifactRef; readonly lines: number}> {
    const folder = await mkdtemp(join(tmpdir(), 'ratchet-lines-'));
    const path = join(folder, 'lines.jsonl');
    try {
      const lines = await writeLines(path, values);
      return {ref: await this.putFile(path, mediaType), lines};
    } finally {
      await rm(folder, {recursive: true, force: true});
    }
  }

  async getBytes(ref: ArtifactRef): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.#verified(ref)) chunks.push(chunk);
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
  }

  async getText(ref: ArtifactRef): Promise<string> {
    return new TextDecoder().decode(await this.getBytes(ref));
  }

  async getJson<T>(ref: ArtifactRef, schema: z.ZodType<T>): Promise<T> {
    const text = await this.getText(ref);
    let value: unknown;
    try {
      value = parseJson(text);
    } catch (cause) {
      throw new RatchetError(ErrorType.InvalidInput, `${ref.uri}: not JSON`, {cause});
    }
    return parsed(schema, value, ref.uri);
  }

  /**
   * The lines of a JSONL artifact as they stream in. The digest is known at the end: a reader that must not act on damaged
   * rows waits for the end of the loop, where DigestMismatch is thrown.
   */
  async *lines<T>(ref: ArtifactRef, schema: z.ZodType<T>): AsyncGenerator<T, void, undefined> {
    let number = 0;
    for await (const value of jsonLines(this.#verified(ref), ref.uri))
      yield parsed(schema, value, `${ref.uri} line ${(number += 1)}`);
  }

  /** Writes the artifact to `path`, which appears only when its digest held. */
  async toFile(ref: ArtifactRef, path: string): Promise<void> {
    const temp = `${path}.${randomUUID()}.part`;
    try {
      await mkdir(dirname(path), {recursive: true});
      const file = await open(temp, 'wx');
      try {
        for await (const chunk of this.#verified(ref)) await file.writeFile(chunk);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temp, path);
    } catch (error) {
      throw fileError(error, 'writing', path);
    } finally {
      await rm(temp, {force: true});
    }
  }

  /** Reads an artifact to its end and keeps nothing: throws as every reading does. */
  async check(ref: ArtifactRef): Promise<void> {
    for await (const _chunk of this.#verified(ref));
  }

  /** The artifact of a digest that was kept without its size; null if there is none. */
  async byDigest(sha256: string, mediaType: string): Promise<ArtifactRef | null> {
    const found = await this.#store.head(artifactKey(sha256));
    return found && refOf(sha256, found.bytes, mediaType);
  }

  /** There, with the size its reference says; the bytes are not read. */
  async exists(ref: ArtifactRef): Promise<boolean> {
    return (await this.#store.head(ref.uri))?.bytes === ref.bytes;
  }

  async #unlessThere(ref: ArtifactRef, put: () => Promise<unknown>): Promise<void> {
    if (await this.exists(ref)) return;
    await put();
    this.#onWritten(ref.bytes);
  }

  async *#verified(ref: ArtifactRef): AsyncGenerator<Uint8Array, void, undefined> {
    const stream = await this.#store.stream(ref.uri);
    if (stream === null)
      throw new RatchetError(
        ErrorType.ArtifactMissing,
        `${ref.uri} is not in ${this.#store.url}: it was deleted, or this is another store; run again to rebuild it`,
      );
    const hash: Hash = createHash('sha256');
    let bytes = 0;
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        hash.update(chunk);
        bytes += chunk.length;
        if (bytes > ref.bytes) break;
        yield chunk;
      }
    } catch (error) {
      throw fileError(error, 'reading', ref.uri);
    }
    if (bytes !== ref.bytes)
      throw mismatch(
        this.#store,
        ref,
        bytes > ref.bytes ? `more than ${ref.bytes} bytes` : `${bytes} of ${ref.bytes} bytes`,
      );
    const got = hash.digest('hex');
    if (got !== ref.sha256) throw mismatch(this.#store, ref, `bytes that hash to ${got}`);
  }
}

export function artifactKey(sha256: string): string {
  return `artifacts/sha256/${sha256.slice(0, 2)}/${sha256}`;
}

function refOf(sha256: string, bytes: number, mediaType: string): ArtifactRef {
  return {uri: artifactKey(sha256), sha256, bytes, mediaType};
}

function mismatch(store: ObjectStore, ref: ArtifactRef, found: string): RatchetError {
  return new RatchetError(
    ErrorType.DigestMismatch,
    `${ref.uri} in ${store.url} holds ${found}, its reference says sha256 ${ref.sha256}: it was damaged or exchanged; restore it, or delete it and run again`,
  );
}

function parsed<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const result = tolerant(schema).safeParse(value);
  if (result.success) return result.data;
  const newer = writtenByNewer(value, schema);
  if (newer !== null) throw new RatchetError(ErrorType.InvalidInput, `${where} was ${newer}`);
  throw new RatchetError(
    ErrorType.InvalidInput,
    `${where}: ${explainError(firstOf(result.error), schema)}: written by another version?`,
  );
}
