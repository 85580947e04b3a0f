// @ts-check
import {dirname, join} from 'node:path';
import {cachedPaths, manifestCheckDigest, resolveEnvironment} from '../environment.js';
import {PACKAGE_ROOT} from '../locations.js';
import {buildFolder} from '../step.js';
import {goInstall} from './go-install.js';
import {binaryOr, orSkip} from './helm.js';

/**
 * Kubernetes' own validation of manifests, built from deploy/manifest-check: RATCHET_MANIFEST_CHECK, the cache, else built by
 * Go. Without Go what it judges is skipped, and says so.
 * @type {import('../step.js').Step}
 */
export const manifestCheckStep = {
  name: 'Kubernetes validation for tests',
  what: 'built manifest-check',
  lock: () => 'manifest-check',
  ready: ({env}) => resolveEnvironment(env).manifestCheck,
  build: async ({cache, env}) =>
    orSkip(env, () =>
      buildFolder(dirname(cachedPaths(cache).manifestCheck), async (folder) => {
        const cwd = join(PACKAGE_ROOT, 'deploy', 'manifest-check');
        const built = await goInstall({module: '.', name: 'manifest-check', folder, env, cwd});
        return binaryOr(built, 'built manifest-check', manifestCheckDigest());
      }),
    ),
};
