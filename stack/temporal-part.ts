import {accessSync, constants} from 'node:fs';
import path from 'node:path';
import {childEnvironment} from '../host/child-environment.ts';
import {RatchetError} from '../schemas/errors.ts';
import {SEARCH_ATTRIBUTES} from '../schemas/names.ts';
import {answersTemporal} from './health.ts';
import type {Part} from './part.ts';
import {stackPaths} from './stack-file.ts';
import type {TemporalAccess} from './temporal.ts';

export interface TemporalPartOf {
  readonly access: TemporalAccess;
  /** The project's. */
  readonly folder: string;
  readonly port: number;
  readonly uiPort: number;
  /** Where the UI has payloads decrypted. */
  readonly codec: string | undefined;
}

/** A development server of our own, whose database is the project's. */
export function temporalPart({access, folder, port, uiPort, codec}: TemporalPartOf): Part {
  return {
    name: 'temporal',
    command: temporalBinary(),
    args: [
      ...temporalArgs(port, uiPort, stackPaths(folder).temporalDb),
      ...(codec === undefined ? [] : ['--ui-codec-endpoint', codec]),
    ],
    // Half as much of what it no longer needs is kept before Go collects it.
    env: {GOGC: '50', ...childEnvironment('temporal', process.env)},
    cwd: folder,
    after: [],
    answers: () => answersTemporal(access),
    graceMs: 10_000,
  };
}

function temporalArgs(port: number, uiPort: number, db: string): string[] {
  const attributes = Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]) => [
    '--search-attribute',
    `${name}=${type}`,
  ]);
  return [
    'server',
    'start-dev',
    '--ip',
    '127.0.0.1',
    '--port',
    `${port}`,
    '--ui-port',
    `${uiPort}`,
    '--db-filename',
    db,
    '--log-level',
    'warn',
    ...attributes,
  ];
}

/** A Temporal server that is not the user's own: RATCHET_TEMPORAL (set by the launcher), else `temporal` on PATH. */
function temporalBinary(): string {
  const given = process.env['RATCHET_TEMPORAL'];
  const candidates = given
    ? [given]
    : (process.env['PATH'] ?? '').split(path.delimiter).map((folder) => path.join(folder, 'temporal'));
  const found = candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (found) return found;
  throw new RatchetError(
    'InvalidInput',
    given
      ? `RATCHET_TEMPORAL names ${given}, which cannot be run: point it at a temporal binary, or unset it`
      : 'no Temporal server: set TEMPORAL_ADDRESS to one that runs, put temporal on PATH, or start through `npx ratchet up`, which brings one',
  );
}
