import {createReadStream} from 'node:fs';
import {open, readdir, realpath, stat} from 'node:fs/promises';
import path from 'node:path';
import {codeOf, fileError} from '../objects/file-errors.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {glob} from './glob.ts';
import type {SourcePlace} from './place.ts';

/**
 * Files of this machine. `pattern` is an absolute path that may hold stars. Names are relative to its fixed folder. Who may put
 * files there must not thereby read others: a link that leads out of the folder is refused, when it is listed and when it is
 * read, unless `followLinks`. A path without stars is its author's own word, link or not.
 */
export function localPlace(
  uri: string,
  pattern: string,
  {followLinks = false}: {readonly followLinks?: boolean} = {},
): SourcePlace {
  const matcher = glob(pattern.split(path.sep).join('/'));
  const root = matcher.folder === '' ? '/' : matcher.folder;
  /** Where the file really is; what is opened is that path, so that no link is followed later. */
  const full = async (file: string): Promise<string> => {
    const named = path.join(root, file);
    if (!matcher.wild || followLinks) return named;
    const [real, home] = await Promise.all([realpath(named), realpath(root)]).catch((error: unknown) =>
      gone(error, named),
    );
    if (real.startsWith(home.endsWith(path.sep) ? home : home + path.sep)) return real;
    throw new RatchetError(
      'InvalidInput',
      `${file} of ${uri} is a link out of ${root}: copy what it names, make that a source of its own, or set follow_links: true`,
    );
  };
  return {
    uri,
    async files() {
      if (!matcher.wild) return (await isFile(pattern)) ? [path.relative(root, pattern)] : [];
      const deep = pattern.includes('**') || pattern.slice(root.length + 1).includes('/');
      try {
        const entries = await readdir(root, {recursive: deep, withFileTypes: true});
        const files: string[] = [];
        for (const entry of entries) {
          const file = path.join(entry.parentPath, entry.name);
          if (!matcher.matches(file.split(path.sep).join('/'))) continue;
          // A link that leads nowhere is kept: reading it says so.
          if (entry.isFile() || (entry.isSymbolicLink() && !(await isFolder(file))))
            files.push(path.relative(root, file).split(path.sep).join('/'));
        }
        return files.sort();
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return [];
        throw fileError(error, 'reading', root);
      }
    },
    async size(file) {
      const at = await full(file);
      return (await stat(at).catch((error: unknown) => gone(error, at))).size;
    },
    async bytes(file, most) {
      const at = await full(file);
      try {
        const handle = await open(at);
        try {
          const size = Math.min((await handle.stat()).size, most);
          const {buffer, bytesRead} = await handle.read(Buffer.allocUnsafeSlow(size), 0, size, 0);
          return buffer.subarray(0, bytesRead);
        } finally {
          await handle.close();
        }
      } catch (error) {
        return gone(error, at);
      }
    },
    async *stream(file, from = 0, to = Infinity) {
      if (to <= from) return;
      const at = await full(file);
      try {
        const options = {start: from, ...(to === Infinity ? {} : {end: to - 1}), highWaterMark: 1 << 18};
        yield* createReadStream(at, options) as AsyncIterable<Uint8Array>;
      } catch (error) {
        gone(error, at);
      }
    },
  };
}

async function isFile(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isFile();
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return false;
    throw fileError(error, 'reading', file);
  }
}

async function isFolder(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function gone(error: unknown, file: string): never {
  if (codeOf(error) === 'ENOENT')
    throw new RatchetError('InvalidInput', `${file} is gone: it was there when the sources were listed`, {
      cause: error,
    });
  throw fileError(error, 'reading', file);
}
