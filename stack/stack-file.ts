import {mkdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {z} from 'zod';
import {RatchetError} from '../schemas/errors.ts';

const Identity = z.object({pid: z.int().positive(), startedAt: z.string()});

/** PROJECT/.ratchet/stack.json: where the parts of a project's local stack are. Written by its supervisor alone. */
export const StackState = z.object({
  v: z.literal(1),
  project: z.string(),
  /** The project's YAML. */
  file: z.string(),
  /** URL of the object store that all parts use. */
  store: z.string(),
  /** Build ID of the workflow code that it was started with; missing where an older Ratchet wrote it. */
  build: z.string().optional(),
  status: z.enum(['starting', 'ready', 'stopping', 'stopped']),
  supervisor: Identity,
  /** Ends what the supervisor leaves behind. */
  reaper: Identity.nullable(),
  /** `host:port` of Temporal's gRPC front end. */
  temporal: z.string(),
  namespace: z.string(),
  /** Temporal's UI; null where it is not ours. */
  ui: z.string().nullable(),
  /** The codec server beside our own Temporal, for its UI and command line; missing without RATCHET_CODEC_KEYS. */
  codec: z.string().optional(),
  gateway: z.string(),
  /** The gateway's port for operators; missing in the file of an older version. */
  admin: z.string().optional(),
  engines: z.array(z.string()),
  /** Ports are kept from one start to the next where they are still free. */
  pids: z.record(z.string(), Identity),
  parts: z.record(
    z.string(),
    z.object({
      status: z.enum(['waiting', 'starting', 'ready', 'restarting', 'stopping', 'stopped']),
      /** How often it has ended by itself. */
      deaths: z.int().nonnegative(),
      /** How often in a row without having been ready in between. */
      deathsInARow: z.int().nonnegative(),
      note: z.string(),
    }),
  ),
  at: z.string(),
});
export type StackState = z.infer<typeof StackState>;

/** Where the local files of a project's stack lie. */
export function stackPaths(folder: string) {
  const home = path.join(folder, '.ratchet');
  return {
    home,
    state: path.join(home, 'stack.json'),
    claim: path.join(home, 'supervisor.json'),
    logs: path.join(home, 'logs'),
    /** There once somebody needs the parts that serve, where the supervisor was told to begin without them. */
    serve: path.join(home, 'serve'),
    /** What the supervisor started, ended and started again. */
    supervisorLog: path.join(home, 'logs', 'supervisor.log'),
    jobs: path.join(process.env['RATCHET_WORK'] || home, 'jobs'),
    temporalDb: path.join(home, 'temporal.db'),
    temporalProfile: path.join(home, 'temporal.toml'),
  };
}

/** The state of the stack of a folder, or undefined if none was ever started there. */
export function readStack(folder: string): StackState | undefined {
  const file = stackPaths(folder).state;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return StackState.parse(JSON.parse(text));
  } catch (cause) {
    throw new RatchetError('InvalidInput', `${file} cannot be read: end what it names and delete it`, {
      cause,
    });
  }
}

/** Replaces the whole file or leaves the former one: never half of it. */
export function writeStack(folder: string, state: StackState): void {
  writeAtomically(stackPaths(folder).state, `${JSON.stringify(state, null, 2)}\n`);
}

export function writeAtomically(file: string, text: string, mode = 0o600): void {
  mkdirSync(path.dirname(file), {recursive: true, mode: 0o700});
  const draft = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(draft, text, {mode});
    renameSync(draft, file);
  } finally {
    rmSync(draft, {force: true});
  }
}
