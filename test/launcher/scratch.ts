import {chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {onTestFinished} from 'vitest';

/** A folder of its own for one test, removed after it. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ratchet-launcher-'));
  onTestFinished(() => rmSync(folder, {recursive: true, force: true}));
  return folder;
}

/** Writes a file that can be run, by default one that does nothing. */
export function writeExecutable(file: string, script = '#!/bin/sh\nexit 0\n'): string {
  mkdirSync(dirname(file), {recursive: true});
  writeFileSync(file, script);
  chmodSync(file, 0o755);
  return file;
}
