import {identify} from '../host/process-identity.ts';
import {RatchetError} from '../schemas/errors.ts';
import {readStack, type StackState} from './stack-file.ts';

/** Is the stack of this folder up, by its file and by the process that wrote it? */
export function liveStack(folder: string): StackState | undefined {
  const state = readStack(folder);
  if (!state || state.status === 'stopped') return undefined;
  const now = identify(state.supervisor.pid);
  return now?.startedAt === state.supervisor.startedAt ? state : undefined;
}

/** The live stack of this folder. Throws InvalidInput if it is another project's, or (unless `anyStore`) on another store. */
export function liveFor(
  of: {readonly folder: string; readonly store: string; readonly config: {readonly project: string}},
  {anyStore = false} = {},
): StackState | undefined {
  const live = liveStack(of.folder);
  if (!live) return undefined;
  const {project} = of.config;
  if (live.project !== project)
    throw new RatchetError(
      'InvalidInput',
      `the stack of project ${live.project} runs in ${of.folder}: end it with \`ratchet down ${live.project}\`, or give each project a folder of its own`,
    );
  if (live.store !== of.store && !anyStore)
    throw new RatchetError(
      'InvalidInput',
      `the stack of ${project} runs on ${live.store}, this call is about ${of.store}: set RATCHET_STORE as it was, or \`ratchet down ${project}\` first`,
    );
  return live;
}
