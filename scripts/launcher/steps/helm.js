// @ts-check
import {dirname} from 'node:path';
import {cachedPaths, resolveEnvironment} from '../environment.js';
import {PINS} from '../pins.js';
import {StepError} from '../step-error.js';
import {buildFolder} from '../step.js';
import {goInstall} from './go-install.js';

/**
 * What the chart's tests render with: RATCHET_HELM, the cache, else built by Go. Without Go they are skipped, and say so.
 * @type {import('../step.js').Step}
 */
export const helmStep = {
  name: 'helm for tests',
  what: 'built helm',
  lock: () => 'helm',
  ready: ({env}) => resolveEnvironment(env).helm,
  build: async ({cache, env}) =>
    orSkip(env, () =>
      buildFolder(dirname(cachedPaths(cache).helm), async (folder) => {
        const module = `helm.sh/helm/v3/cmd/helm@v${PINS.helm.version}`;
        const built = await goInstall({module, name: 'helm', folder, env});
        return binaryOr(built, 'built helm', PINS.helm.version);
      }),
    ),
};

/**
 * @param {Awaited<ReturnType<typeof goInstall>>} built
 * @param {string} tried
 * @param {string} version
 */
export function binaryOr(built, tried, version) {
  if ('binary' in built) return version;
  if (!built.go) throw new NoGo();
  throw new StepError({tried, came: built.failed, todo: 'check the network and the version of Go'});
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {() => Promise<string>} build
 */
export async function orSkip(env, build) {
  try {
    return await build();
  } catch (error) {
    if (!(error instanceof NoGo)) throw error;
    const skip = 'no Go to build it';
    env['RATCHET_CHART_UNCHECKED'] = `the chart is not checked: ${skip}`;
    return {skip};
  }
}

class NoGo extends Error {}
