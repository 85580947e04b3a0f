// @ts-check
import {createHash} from 'node:crypto';
import {createReadStream, createWriteStream} from 'node:fs';
import {mkdir, open} from 'node:fs/promises';
import {dirname} from 'node:path';
import {Transform} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {createInflateRaw} from 'node:zlib';

/**
 * Reads zip archives (wheels are zips) with nothing but zlib: PKWARE APPNOTE 6.3.10, methods stored and deflate,
 * no zip64, no encryption.
 *
 * @typedef {{name: string, method: number, compressed: number, bytes: number, at: number}} ZipEntry
 */

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_ENTRY = 0x04034b50;
const LONGEST_COMMENT = 65_535;

/**
 * The archive's files by name. Throws where `file` is no zip, or one of a kind that is not read.
 * @param {string} file
 * @returns {Promise<Map<string, ZipEntry>>}
 */
export async function readZip(file) {
  const handle = await open(file);
  try {
    const {size} = await handle.stat();
    const tail = await readAt(handle, Math.max(0, size - LONGEST_COMMENT - 22), size);
    let end = tail.length - 22;
    while (end >= 0 && tail.readUInt32LE(end) !== END_OF_DIRECTORY) end -= 1;
    if (end < 0) throw new Error(`${file} is no zip archive (no end record), or is cut off`);
    const count = tail.readUInt16LE(end + 10);
    const length = tail.readUInt32LE(end + 12);
    const start = tail.readUInt32LE(end + 16);
    if (count === 0xffff || start === 0xffffffff) throw new Error(`${file} is a zip64 archive: not read`);
    const directory = await readAt(handle, start, start + length);

    /** @type {Map<string, ZipEntry>} */
    const entries = new Map();
    for (let i = 0, at = 0; i < count; i += 1) {
      if (at + 46 > directory.length || directory.readUInt32LE(at) !== DIRECTORY_ENTRY)
        throw new Error(`${file}: broken directory at entry ${i} of ${count}`);
      const nameLength = directory.readUInt16LE(at + 28);
      const name = directory.toString('utf8', at + 46, at + 46 + nameLength);
      entries.set(name, {
        name,
        method: directory.readUInt16LE(at + 10),
        compressed: directory.readUInt32LE(at + 20),
        bytes: directory.readUInt32LE(at + 24),
        at: directory.readUInt32LE(at + 42),
      });
      at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    }
    return entries;
  } finally {
    await handle.close();
  }
}

/**
 * Writes one file of the archive to `to`.
 * @param {string} file
 * @param {ZipEntry} entry
 * @param {string} to
 * @returns {Promise<{bytes: number, sha256: string}>} of what was written
 */
export async function extract(file, entry, to) {
  const handle = await open(file);
  let start;
  try {
    const local = await readAt(handle, entry.at, entry.at + 30);
    if (local.length < 30 || local.readUInt32LE(0) !== LOCAL_ENTRY)
      throw new Error(`${file}: no entry where the directory says ${entry.name} is`);
    start = entry.at + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
  } finally {
    await handle.close();
  }
  if (entry.method !== 0 && entry.method !== 8)
    throw new Error(
      `${file}: ${entry.name} is compressed by method ${entry.method}: only stored and deflate are read`,
    );

  const digest = createHash('sha256');
  let bytes = 0;
  const measure = new Transform({
    transform(piece, _encoding, done) {
      digest.update(piece);
      bytes += piece.length;
      done(undefined, piece);
    },
  });
  await mkdir(dirname(to), {recursive: true});
  const packed = createReadStream(file, {start, end: Math.max(start, start + entry.compressed - 1)});
  if (entry.compressed === 0) await pipeline([], measure, createWriteStream(to));
  else if (entry.method === 0) await pipeline(packed, measure, createWriteStream(to));
  else await pipeline(packed, createInflateRaw(), measure, createWriteStream(to));
  if (bytes !== entry.bytes)
    throw new Error(`${file}: ${entry.name} has ${bytes} bytes, the directory says ${entry.bytes}`);
  return {bytes, sha256: digest.digest('hex')};
}

/**
 * @param {import('node:fs/promises').FileHandle} handle
 * @param {number} from
 * @param {number} to
 */
async function readAt(handle, from, to) {
  const buffer = Buffer.alloc(to - from);
  const {bytesRead} = await handle.read(buffer, 0, buffer.length, from);
  return buffer.subarray(0, bytesRead);
}
