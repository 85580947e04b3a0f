import {linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {identify, stillRuns} from '../host/process-identity.ts';
import type {ProcessIdentity} from '../host/process-identity.ts';

/** One supervisor a folder: who holds the claim, or undefined if nobody alive does. */
export function claimant(file: string): ProcessIdentity | undefined {
  const holder = read(file);
  return holder && stillRuns(holder) ? holder : undefined;
}

/**
 * Claims the folder for this process. Returns the live process that holds it instead, if there is one.
 * The link either makes the file with all its bytes or fails, so two that start at once cannot both win.
 */
export function claim(file: string): ProcessIdentity | undefined {
  mkdirSync(path.dirname(file), {recursive: true, mode: 0o700});
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(identify(process.pid)));
  try {
    for (;;) {
      try {
        linkSync(draft, file);
        return undefined;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = claimant(file);
      if (holder) return holder;
      removeStale(file);
    }
  } finally {
    rmSync(draft, {force: true});
  }
}

export function releaseClaim(file: string): void {
  if (read(file)?.pid === process.pid) rmSync(file, {force: true});
}

/** Moves the claim aside and looks again: one that became live in between is put back. */
function removeStale(file: string): void {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
    if (claimant(aside)) linkSync(aside, file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, {force: true});
  }
}

function read(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
