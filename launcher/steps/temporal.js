// @ts-check
import {rm} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {capture} from '../child.js';
import {download, reason} from '../download.js';
import {cachedPaths, resolveEnvironment} from '../environment.js';
import {isExecutable} from '../path-search.js';
import {MACHINE, PINS} from '../pins.js';
import {StepError} from '../step-error.js';
import {namedCluster} from '../named-cluster.js';
import {buildFolder} from '../step.js';
import {GO_MODULES, goInstall} from './go-install.js';

const RELEASES = 'https://github.com/temporalio/cli/releases/download';
const PACK = 'github.com/temporalio/cli/cmd/temporal';
const CONNECT_MS = 10_000;

/**
 * A Temporal server: a cluster that the user names (then none is needed), `temporal` on PATH, the cache, the official release,
 * else built by Go.
 * @type {import('../step.js').Step}
 */
export const temporalStep = {
  name: 'Temporal',
  what: 'brought its server',
  lock: () => 'temporal',
  ready: ({env}) => {
    const named = namedCluster(env);
    if (named) return named;
    const given = env['RATCHET_TEMPORAL'];
    if (given && !isExecutable(given)) {
      throw new StepError({
        tried: 'looked for Temporal',
        came: `RATCHET_TEMPORAL names ${given}, which is not an executable file`,
        todo: 'correct or unset it',
      });
    }
    return resolveEnvironment(env).temporal;
  },
  build: async ({cache, env}) =>
    buildFolder(dirname(cachedPaths(cache).temporal), async (folder) => {
      const released = await fetchRelease(RELEASES, PINS.temporal.archives[MACHINE], folder);
      if (released.failed === undefined && (await runs(join(folder, 'temporal'), env)))
        return `${PINS.temporal.version}, the official release`;
      const failed = released.failed ?? 'it does not run here';

      const built = await goInstall({
        pack: PACK,
        name: 'temporal',
        cwd: join(GO_MODULES, 'temporal'),
        folder,
        env,
      });
      if ('binary' in built && (await runs(built.binary, env)))
        return `${PINS.temporal.version}, built by Go`;
      throw new StepError({
        tried: `fetched Temporal's release ${PINS.temporal.version}`,
        came: `${failed}; ${'failed' in built ? built.failed : 'the one that Go built does not run'}`,
        todo: 'install the temporal CLI (PATH or RATCHET_TEMPORAL), or Go, or name a running server in TEMPORAL_ADDRESS',
      });
    }),
};

/**
 * Fetches and unpacks the release for this machine.
 * @param {string} releases
 * @param {import('../pins.js').PinnedFile | undefined} pin
 * @param {string} folder gets the file `temporal`
 * @returns {Promise<{failed?: string}>} why there is none; throws a StepError where it came with another digest
 */
export async function fetchRelease(releases, pin, folder) {
  if (pin === undefined) return {failed: `there is none for ${MACHINE}`};
  const archive = join(folder, pin.file);
  try {
    const url = `${releases}/v${PINS.temporal.version}/${pin.file}`;
    await download(url, archive, {sha256: pin.sha256, connectMs: CONNECT_MS});
  } catch (error) {
    if (error instanceof StepError) throw error;
    return {failed: reason(error)};
  }
  const unpacked = await capture('tar', ['-xzf', archive, '-C', folder, 'temporal']);
  await rm(archive);
  return unpacked.ok ? {} : {failed: `tar: ${unpacked.output.trim()}`};
}

/**
 * @param {string} binary
 * @param {NodeJS.ProcessEnv} env
 */
async function runs(binary, env) {
  return (await capture(binary, ['--version'], {env, timeoutMs: 60_000})).ok;
}
