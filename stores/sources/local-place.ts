import {createReadStream} from 'node:fs';
import {open, readdir, stat} from 'node:fs/promises';
import path from 'node:path';
import {codeOf, fileError} from '../file-errors.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {glob} from './glob.ts';
import type {SourcePlace} from './place.ts';

/** Files of this machine. `pattern` is an absolute path that may hold stars. Names are relative to its fixed folder. */
export function localPlace(uri: string, pattern: string): SourcePlace {
  const matcher = glob(pattern.split(path.sep).join('/'));
  const root = matcher.folder === '' ? '/' : matcher.folder;
  const full = (file: string): string => path.join(root, file);
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
      return (await stat(full(file)).catch((error: unknown) => gone(error, full(file)))).size;
    },
    async bytes(file, most) {
      try {
        const handle = await open(full(file));
        try {
          const size = Math.min((await handle.stat()).size, most);
          const {buffer, bytesRead} = await handle.read(Buffer.allocUnsafeSlow(size), 0, size, 0);
          return buffer.subarray(0, bytesRead);
        } finally {
          await handle.close();
        }
      } catch (error) {
        return gone(error, full(file));
      }
    },
    async *stream(file, from = 0, to = Infinity) {
      if (to <= from) return;
      try {
        const options = {start: from, ...(to === Infinity ? {} : {end: to - 1}), highWaterMark: 1 << 18};
        yield* createReadStream(full(file), options) as AsyncIterable<Uint8Array>;
      } catch (error) {
        gone(error, full(file));
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
