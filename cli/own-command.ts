import {existsSync, realpathSync} from 'node:fs';
import {delimiter, dirname, join, relative, sep} from 'node:path';
import {PACKAGE_ROOT} from '../stack/own-program.ts';

export interface CommandPlace {
  /** The folder that the user types in. */
  readonly cwd: string;
  readonly path: string;
  /** RATCHET_COMMAND. */
  readonly said?: string | undefined;
  /** This package's launcher/ratchet.js. */
  readonly launcher: string;
}

/**
 * What a user types to run this program where they stand: `npx ratchet` where npm's links lead here, `ratchet` where PATH does,
 * `npx ratchet-llmops` where npx fetched the package, else `node FILE`. Never `npx ratchet` elsewhere: npx would fetch another
 * package of that name from the registry. A script or container that wraps it says itself how it is called, in RATCHET_COMMAND.
 */
export function ownCommand(
  place: CommandPlace = {
    cwd: process.cwd(),
    path: process.env['PATH'] ?? '',
    said: process.env['RATCHET_COMMAND'],
    launcher: join(PACKAGE_ROOT, 'launcher', 'ratchet.js'),
  },
): string {
  const {cwd, path, said, launcher} = place;
  if (said) return said;
  if (ancestors(cwd).some((folder) => leads(join(folder, LINKS, 'ratchet'), launcher))) return 'npx ratchet';
  // npm and npx put folders of links on the PATH of what they run; the user's shell has none of these.
  const folders = path.split(delimiter).filter((folder) => folder !== '' && !folder.endsWith(LINKS));
  if (folders.some((folder) => leads(join(folder, 'ratchet'), launcher))) return 'ratchet';
  if (launcher.split(sep).includes('_npx')) return 'npx ratchet-llmops';
  return `node ${quoted(shorter(relative(cwd, launcher), launcher))}`;
}

/**
 * A line of this program that says `npx ratchet …`, or names a command in backquotes, as a user types it here.
 * @example asTyped('see `ratchet runs`') // 'see `npx ratchet runs`'
 */
export function asTyped(line: string, command = ownCommand()): string {
  return line.replaceAll(/\bnpx ratchet(?= )|(?<=`)ratchet(?= [a-z])/g, () => command);
}

const LINKS = join('node_modules', '.bin');

function ancestors(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
}

function leads(link: string, file: string): boolean {
  return existsSync(link) && existsSync(file) && realpathSync(link) === realpathSync(file);
}

function shorter(a: string, b: string): string {
  return a.length < b.length ? a : b;
}

function quoted(file: string): string {
  return /^[\w./\\:@+-]+$/.test(file) ? file : `"${file.replaceAll(/(["$`\\])/g, '\\$1')}"`;
}
