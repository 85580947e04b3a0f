import {readFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {z} from 'zod';
import {writeAtomically} from '../stack/stack-file.ts';

/** What the CLI remembers of a user: which projects there are, and which one was last used from a folder. */
const Known = z.object({
  projects: z.array(z.object({name: z.string(), file: z.string()})).default([]),
  folders: z.record(z.string(), z.string()).default({}),
});
type Known = z.infer<typeof Known>;

/** `$XDG_STATE_HOME/ratchet/projects.json`, else `~/.local/state/ratchet/projects.json`. */
function knownFile(): string {
  const state = process.env['XDG_STATE_HOME'] || path.join(os.homedir(), '.local', 'state');
  return path.join(state, 'ratchet', 'projects.json');
}

/** The projects that were used before, the latest first. */
export function knownProjects(): Known['projects'] {
  return load().projects;
}

export function rememberProject(name: string, file: string): void {
  const known = load();
  const [first] = known.projects;
  if (first?.name === name && first.file === file) return;
  const others = known.projects.filter((one) => one.file !== file);
  save({...known, projects: [{name, file}, ...others].slice(0, 200)});
}

/** Without an argument: the project file last used from this folder. With one: remembers it. */
export function usedHere(file?: string): string | undefined {
  const known = load();
  const here = process.cwd();
  if (file === undefined) return known.folders[here];
  if (known.folders[here] !== file) save({...known, folders: {...known.folders, [here]: file}});
  return file;
}

function load(): Known {
  try {
    return Known.parse(JSON.parse(readFileSync(knownFile(), 'utf8')));
  } catch {
    return {projects: [], folders: {}};
  }
}

/** A convenience: a state folder that cannot be written must not stop a command. */
function save(known: Known): void {
  try {
    writeAtomically(knownFile(), `${JSON.stringify(known, null, 2)}\n`);
  } catch {
    // Nothing is lost but a default.
  }
}
