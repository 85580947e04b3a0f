import {readFileSync} from 'node:fs';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {gateNames} from '../core/evaluation/gates/gate-names.ts';
import {RatchetError} from '../schemas/errors.ts';
import {problemLine, readProject} from '../schemas/load-project.ts';
import type {ProjectConfig} from '../schemas/project.ts';
import {rowKey} from './row-key.ts';

export const PROJECT_FILE = 'ratchet.yaml';

/** A project as the commands and the supervisor see it. */
export interface Project {
  readonly config: ProjectConfig;
  /** Absolute path of the YAML. */
  readonly file: string;
  /** Its folder: relative `file:` uris and `.ratchet` are in there. */
  readonly folder: string;
  /** URL of the object store. */
  readonly store: string;
  /** The row key, 64 hex digits; made at first use, so reading commands that don't need it don't make one. */
  readonly rowKey: string;
}

/** Errors of the YAML, one line each: `FILE:LINE: KEY: expected …, got …`. */
export class ProjectFileError extends RatchetError {
  readonly lines: readonly string[];
  constructor(lines: readonly string[]) {
    super('InvalidInput', lines.join('\n'));
    this.lines = lines;
  }
}

/** Loads a project from its YAML. Throws InvalidInput with a line for every problem. */
export function readProjectFile(file: string): Project {
  const loaded = readProject(read(file), gateNames);
  if (!loaded.ok)
    throw new ProjectFileError(loaded.problems.map((problem) => problemLine(shown(file), problem)));
  const folder = path.dirname(file);
  let key: string | undefined;
  return {
    config: loaded.config,
    file,
    folder,
    store: process.env['RATCHET_STORE'] || pathToFileURL(path.join(folder, '.ratchet', 'store')).href,
    get rowKey() {
      return (key ??= rowKey(folder));
    },
  };
}

/** The project whose ratchet.yaml is in this folder. Throws as `readProjectFile`. */
export function projectIn(folder: string): Project {
  return readProjectFile(path.resolve(folder, PROJECT_FILE));
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    throw new RatchetError('InvalidInput', `${shown(file)} cannot be read (${code}): check its permissions`, {
      cause,
    });
  }
}

/** Relative to here where that is shorter. */
export function shown(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative !== '' && !relative.startsWith('..') ? relative : file;
}
