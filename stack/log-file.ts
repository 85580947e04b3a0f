import {
  appendFileSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readSync,
  statSync,
  truncateSync,
} from 'node:fs';
import path from 'node:path';
import {logFormat, logOf, type Say} from '../telemetry/log.ts';

/** A log is cut when it has grown beyond this; one former piece is kept beside it, as NAME.log.1. */
export const LOG_BYTES = 10 * 1024 * 1024;

/** Opens a log for a child's own output: appended to, so it stays right when the file is cut, and needs no living reader. */
export function openLog(file: string): number {
  mkdirSync(path.dirname(file), {recursive: true, mode: 0o700});
  return openSync(file, 'a', 0o600);
}

/** The supervisor's own words, appended line by line: they are there however it ends. */
export function sayIn(file: string, project?: string): Say {
  return logOf({
    part: 'supervisor',
    project,
    format: logFormat(process.env),
    write: (line) => appendFileSync(file, line, {mode: 0o600}),
  });
}

/** Copies an overgrown log aside and empties it; writers that append go on at its new start. */
export function cutLog(file: string, bytes = LOG_BYTES): boolean {
  try {
    if (statSync(file).size <= bytes) return false;
    copyFileSync(file, `${file}.1`);
    truncateSync(file, 0);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** The last lines of a log, as far as they are within its last 16 KB, and behind byte `from`. Empty if there is no log. */
export function lastLines(file: string, count: number, from = 0): string[] {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch {
    return [];
  }
  try {
    const size = statSync(file).size;
    const buffer = Buffer.alloc(Math.max(0, Math.min(size - from, 16 * 1024)));
    readSync(fd, buffer, 0, buffer.length, size - buffer.length);
    const lines = buffer.toString('utf8').split('\n');
    return lines.filter((line) => line.trim() !== '').slice(-count);
  } finally {
    closeSync(fd);
  }
}
