// @ts-check
import {randomBytes} from 'node:crypto';
import {mkdir, readdir, rename, rm} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {lockPath, withLock} from './lock.js';
import {StepError} from './step-error.js';

/**
 * One thing that must be there before Ratchet runs.
 * @typedef {{
 *   cache: string,
 *   env: NodeJS.ProcessEnv,
 *   root: string,
 *   say: (line: string) => void,
 *   begin: (name: string) => void,
 *   end: (name: string) => void,
 * }} StepContext
 * - `env`: what children get; a step may add to it
 * - `say`: prints one line; `begin` and `end`: a step is at work
 *
 * @typedef {{skip: string} | string} Built what came of it, in a few words; `skip`: cannot be had here, and why
 *
 * @typedef {{
 *   name: string,
 *   what: string,
 *   lock: (context: StepContext) => string,
 *   ready: (context: StepContext) => string | undefined | Promise<string | undefined>,
 *   build: (context: StepContext) => Promise<Built>,
 * }} Step
 * - `what` the step does, for the line it prints
 * - `lock`: name of the lock that two launchers building the same thing share
 * - `ready`: where it is already, else undefined; quick, and changes nothing
 *
 * @typedef {{name: string, state: 'ready' | 'built' | 'skipped' | 'failed', seconds: number, detail: string}} StepResult
 */

/**
 * Sees to it that a step is done: nothing if it is, else builds it under a lock, and prints one line.
 * @param {Step} step
 * @param {StepContext} context
 * @returns {Promise<StepResult>}
 */
export async function ensure(step, context) {
  const start = performance.now();
  const seconds = () => Math.round(performance.now() - start) / 1000;
  const {name} = step;
  try {
    const there = await step.ready(context);
    if (there !== undefined) return {name, state: 'ready', seconds: seconds(), detail: there};
    context.begin(name);
    return await withLock(
      lockPath(context.cache, step.lock(context)),
      async () => {
        const meanwhile = await step.ready(context);
        if (meanwhile !== undefined) return {name, state: 'ready', seconds: seconds(), detail: meanwhile};
        const built = await step.build(context);
        if (typeof built !== 'string') {
          context.say(`${name}: skipped: ${built.skip}`);
          return {name, state: 'skipped', seconds: seconds(), detail: built.skip};
        }
        context.say(`${name}: ${step.what}: ${built} (${seconds().toFixed(1)} s)`);
        return {name, state: 'built', seconds: seconds(), detail: built};
      },
      {onWait: ({pid}) => context.say(`${name}: waiting for process ${pid}, which is setting it up`)},
    );
  } catch (error) {
    const detail = error instanceof StepError ? error.message : ofTheSystem(error, context.cache);
    if (detail === undefined) throw error;
    return {name, state: 'failed', seconds: seconds(), detail};
  } finally {
    context.end(name);
  }
}

/**
 * What the operating system refused (no space, no permission …) is the user's to mend; anything else is a bug.
 * @param {unknown} error
 * @param {string} cache
 */
function ofTheSystem(error, cache) {
  if (!(error instanceof Error) || !('syscall' in error)) return undefined;
  return `${error.message}; check space and permissions there, or name another cache than ${cache} in RATCHET_CACHE`;
}

const UNFINISHED = '.unfinished';

/**
 * Builds a folder beside its place and renames it there when it is whole: so it is either absent or complete. Called
 * under the folder's lock: what an earlier, killed build has left there is removed.
 * @template T
 * @param {string} folder
 * @param {(unfinished: string) => Promise<T>} build
 * @returns {Promise<T>}
 */
export async function buildFolder(folder, build) {
  const parent = dirname(folder);
  await mkdir(parent, {recursive: true});
  for (const name of await readdir(parent)) {
    if (name.startsWith(`${basename(folder)}.`) && name.endsWith(UNFINISHED))
      await rm(join(parent, name), {recursive: true, force: true});
  }
  const unfinished = `${folder}.${randomBytes(6).toString('hex')}${UNFINISHED}`;
  await mkdir(unfinished);
  try {
    const result = await build(unfinished);
    await rm(folder, {recursive: true, force: true});
    await rename(unfinished, folder);
    return result;
  } finally {
    await rm(unfinished, {recursive: true, force: true});
  }
}
