import {randomBytes} from 'node:crypto';
import {linkSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {RatchetError} from '../schemas/errors.ts';

const HEX_64 = /^[0-9a-f]{64}$/;

/**
 * The key that names a project's rows, 64 hex digits: RATCHET_PROJECT_KEY, else PROJECT/.ratchet/project.key, which is
 * made at first use with mode 0600. Throws InvalidInput for anything but 64 hex digits; the value is never shown.
 */
export function rowKey(folder: string): string {
  return existingRowKey(folder) ?? make(keyFile(folder));
}

/** The same, if it is there: makes none. */
export function existingRowKey(folder: string): string | undefined {
  const given = process.env['RATCHET_PROJECT_KEY'];
  if (given !== undefined && given !== '') return checked(given, 'RATCHET_PROJECT_KEY');
  return existing(keyFile(folder));
}

function keyFile(folder: string): string {
  return path.join(folder, '.ratchet', 'project.key');
}

function existing(file: string): string | undefined {
  try {
    return checked(readFileSync(file, 'utf8'), file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whole or not at all: two commands at once end up with the same key. */
function make(file: string): string {
  mkdirSync(path.dirname(file), {recursive: true, mode: 0o700});
  const draft = `${file}.${process.pid}`;
  try {
    writeFileSync(draft, `${randomBytes(32).toString('hex')}\n`, {mode: 0o600});
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, {force: true});
  }
  return existing(file)!;
}

function checked(text: string, where: string): string {
  const key = text.trim().toLowerCase();
  if (HEX_64.test(key)) return key;
  throw new RatchetError(
    'InvalidInput',
    `${where} holds no row key: expected 64 hex digits, got ${key.length} characters`,
  );
}
