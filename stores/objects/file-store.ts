import {randomUUID} from 'node:crypto';
import {closeSync, openSync, readFileSync, readSync} from 'node:fs';
import {
  chmod,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  type FileHandle,
} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import type {Readable} from 'node:stream';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {sha256Hex} from '../../core/identity/digest.ts';
import {codeOf, fileError} from './file-errors.ts';
import {withFileLock} from './file-lock.ts';
import {checkKey, checkPrefix} from './object-key.ts';
import type {ObjectHead, ObjectStore, PutCondition, PutResult, StoredObject} from './object-store.ts';
import {probeConditions} from './probe.ts';
import {sourceFile} from './source-file.ts';

const LEFTOVER_MS = 24 * 3_600_000;

/**
 * A folder of one machine as an object store: key `a/b` is the file `a/b`. Writes go to a temporary file, are synced, and
 * appear by link(2) (create-only: EEXIST refuses) or rename(2). An object's tag is the sha256 of its content; if-match and
 * plain puts hold the key's lock file while they compare and rename, so processes of one machine never overwrite each other.
 * Several machines on one network folder are not supported: use s3://.
 *
 * What is made here is its owner's alone: folders 0700, files 0600, whatever the umask. A folder that its operator opened to
 * a group (2770) keeps the group's rights on all that is made in it. Others have none: probe() takes them from the folder.
 */
export class FileStore implements ObjectStore {
  readonly url: string;
  readonly #root: string;
  #shared: Promise<boolean> | null = null;

  /** `url`: file:///absolute/folder; made at the first write. */
  constructor(url: string) {
    this.#root = fileURLToPath(url);
    this.url = pathToFileURL(this.#root).href;
  }

  async get(key: string): Promise<StoredObject | null> {
    const path = this.#path(key);
    const bytes = await orAbsent(readFile(path), 'reading', path);
    return bytes && {bytes, etag: sha256Hex(bytes)};
  }

  /**
   * Synchronous inside: a small file costs some 10 µs so, and four times that through the thread pool. Call it with some
   * hundred keys at most, for nothing else happens meanwhile.
   */
  async getTexts(keys: readonly string[]): Promise<(string | null)[]> {
    return keys.map((key) => readSmall(this.#path(key)));
  }

  async getRange(key: string, start: number, end: number): Promise<Uint8Array | null> {
    const path = this.#path(key);
    const file = await openObject(path);
    if (file === null) return null;
    try {
      const buffer = new Uint8Array(Math.max(0, Math.min(end, (await file.stat()).size) - start));
      let filled = 0;
      while (filled < buffer.length) {
        const {bytesRead} = await file.read(buffer, filled, buffer.length - filled, start + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return buffer.subarray(0, filled);
    } catch (error) {
      throw fileError(error, 'reading', path);
    } finally {
      await file.close();
    }
  }

  async stream(key: string): Promise<Readable | null> {
    return (await openObject(this.#path(key)))?.createReadStream() ?? null;
  }

  async head(key: string): Promise<ObjectHead | null> {
    const path = this.#path(key);
    const found = await orAbsent(stat(path), 'reading', path);
    return found?.isFile() ? {key, bytes: found.size, modified: found.mtime} : null;
  }

  async put(key: string, body: Uint8Array | string, condition?: PutCondition): Promise<PutResult> {
    const path = this.#path(key);
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const etag = sha256Hex(bytes);
    if (condition && 'ifNoneMatch' in condition) {
      if ((await this.head(key)) !== null) return {status: 'refused'};
      const created = await this.#write(path, async (temp) => {
        await this.#fill(temp, [bytes]);
        return appear(temp, path);
      });
      return created ? {status: 'written', etag} : {status: 'refused'};
    }
    return this.#locked(key, async () => {
      if (condition && (await this.get(key))?.etag !== condition.ifMatch) return {status: 'refused'};
      await this.#write(path, async (temp) => {
        await this.#fill(temp, [bytes]);
        await rename(temp, path);
      });
      return {status: 'written', etag};
    });
  }

  async putFile(key: string, source: string, expected?: {readonly sha256: string}): Promise<void> {
    const path = this.#path(key);
    await this.#write(path, async (temp) => {
      await this.#fill(temp, sourceFile(source, expected?.sha256));
      await this.#locked(key, () => rename(temp, path));
    });
  }

  async *list(prefix: string, {after = ''}: {readonly after?: string} = {}): AsyncIterable<string> {
    checkPrefix(prefix);
    const folder = prefix.includes('/') ? prefix.slice(0, prefix.lastIndexOf('/') + 1) : '';
    yield* this.#walk(folder, prefix, after);
  }

  async delete(key: string): Promise<void> {
    const path = this.#path(key);
    await this.#locked(key, async () => {
      try {
        await rm(path, {force: true});
        await syncFolder(dirname(path));
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') throw fileError(error, 'deleting', path);
      }
    });
  }

  async probe(): Promise<void> {
    await this.#closeToOthers();
    await this.#sweep();
    await probeConditions(this);
  }

  #path(key: string): string {
    return join(this.#root, checkKey(key));
  }

  /** Depth first, in the order of whole keys: a folder sorts as its name with the slash. */
  async *#walk(folder: string, prefix: string, after: string): AsyncIterable<string> {
    const path = join(this.#root, folder);
    const entries = await orAbsent(readdir(path, {withFileTypes: true}), 'listing', path);
    const names = (entries ?? [])
      .filter((entry) => !entry.name.startsWith('.'))
      .map((entry) => folder + entry.name + (entry.isDirectory() ? '/' : ''))
      .sort();
    for (const name of names) {
      if (name.endsWith('/')) {
        const within = name.startsWith(prefix) || prefix.startsWith(name);
        const past = name <= after && !after.startsWith(name);
        if (within && !past) yield* this.#walk(name, prefix, after);
      } else if (name.startsWith(prefix) && name > after) yield name;
    }
  }

  async #locked<T>(key: string, work: () => Promise<T>): Promise<T> {
    const folder = join(this.#root, '.locks');
    try {
      await this.#folder(folder);
      return await withFileLock(join(folder, sha256Hex(key).slice(0, 32)), work);
    } catch (error) {
      throw fileError(error, 'locking', `${key} in ${this.#root}`);
    }
  }

  /** Makes the folders, hands out a temporary file on the same file system, and takes it away again whatever happens. */
  async #write<T>(path: string, work: (temp: string) => Promise<T>): Promise<T> {
    const drafts = join(this.#root, '.tmp');
    const temp = join(drafts, `${process.pid}-${randomUUID()}`);
    try {
      await this.#folder(drafts);
      const made = await this.#folder(dirname(path));
      const result = await work(temp);
      await syncFolder(dirname(path));
      // Folders made just now must last too, up to the one that held the first of them.
      if (made !== undefined)
        for (let at = dirname(path); at.length >= dirname(made).length; at = dirname(at)) {
          await syncFolder(at);
          if (at === dirname(at)) break;
        }
      return result;
    } catch (error) {
      throw fileError(error, 'writing', path);
    } finally {
      await rm(temp, {force: true});
    }
  }

  /** Whether the operator opened the store's folder to a group; asked once. */
  #isShared(): Promise<boolean> {
    this.#shared ??= stat(this.#root).then(
      ({mode}) => (mode & 0o070) === 0o070,
      () => false,
    );
    return this.#shared;
  }

  /** Makes a folder and those above it; the first that was made, as mkdir tells it. */
  async #folder(path: string): Promise<string | undefined> {
    const shared = await this.#isShared();
    const made = await mkdir(path, {recursive: true, mode: 0o700});
    if (shared && made !== undefined)
      for (let at = path; at.length >= made.length; at = dirname(at)) await chmod(at, 0o2770);
    return made;
  }

  async #fill(temp: string, chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
    await writeSynced(temp, chunks, (await this.#isShared()) ? 0o660 : 0o600);
  }

  /** A store that a former version made, or an operator with the usual umask: others could read it. */
  async #closeToOthers(): Promise<void> {
    const found = await stat(this.#root).catch(() => null);
    if (found === null || (found.mode & 0o007) === 0 || found.uid !== process.getuid?.()) return;
    await chmod(this.#root, found.mode & 0o7770);
  }

  /** Temporary files and locks of processes that died; nobody holds one for a day. */
  async #sweep(): Promise<void> {
    for (const folder of ['.tmp', '.locks'].map((name) => join(this.#root, name)))
      for (const name of (await orAbsent(readdir(folder), 'listing', folder)) ?? []) {
        const path = join(folder, name);
        const found = await stat(path).catch(() => null);
        if (found && Date.now() - found.mtimeMs > LEFTOVER_MS) await rm(path, {force: true});
      }
  }
}

/** Null if there is nothing. */
function readSmall(path: string): string | null {
  try {
    const file = openSync(path, 'r');
    try {
      const read = readSync(file, SMALL, 0, SMALL.length, null);
      // A larger one is read whole, with its size.
      return read < SMALL.length ? SMALL.toString('utf8', 0, read) : readFileSync(path, 'utf8');
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return null;
    throw fileError(error, 'reading', path);
  }
}

const SMALL = Buffer.alloc(16_384);

async function writeSynced(
  path: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  mode: number,
): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    if (mode !== 0o600) await file.chmod(mode);
    for await (const chunk of chunks) {
      await file.writeFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Create-only: false if there is a file of that name. */
async function appear(temp: string, path: string): Promise<boolean> {
  try {
    await link(temp, path);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST') return false;
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'EOPNOTSUPP')
      throw new RatchetError(
        ErrorType.StoreUnfit,
        `${path}: ${code}: this file system has no hard links, which create-only writes need: put the store on another one`,
        {cause: error},
      );
    throw error;
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Null if there is nothing, or a folder. */
async function openObject(path: string): Promise<FileHandle | null> {
  const file = await orAbsent(open(path), 'reading', path);
  if (file === null || (await file.stat()).isFile()) return file;
  await file.close();
  return null;
}

async function orAbsent<T>(work: Promise<T>, doing: string, path: string): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    const code = codeOf(error);
    // ENOTDIR: a part of the path is an object, so nothing can be below it. EISDIR: other keys are below, none is here.
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return null;
    throw fileError(error, doing, path);
  }
}
