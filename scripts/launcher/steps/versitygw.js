// @ts-check
import {dirname} from 'node:path';
import {cachedPaths, resolveEnvironment} from '../environment.js';
import {PINS} from '../pins.js';
import {StepError} from '../step-error.js';
import {buildFolder} from '../step.js';
import {goInstall} from './go-install.js';

const MODULE = 'github.com/versity/versitygw/cmd/versitygw';

/**
 * A real S3 server for the tests: RATCHET_TEST_S3 (then none is needed), `versitygw` on PATH, the cache, else built
 * by Go. Without Go the tests that need it are skipped, and say so.
 * @type {import('../step.js').Step}
 */
export const versitygwStep = {
  name: 'S3 server for tests',
  what: 'built versitygw',
  lock: () => 'versitygw',
  ready: ({env}) => {
    if (env['RATCHET_TEST_S3']) return `RATCHET_TEST_S3=${env['RATCHET_TEST_S3']}`;
    return resolveEnvironment(env).versitygw;
  },
  build: async ({cache, env}) => {
    try {
      return await buildFolder(dirname(cachedPaths(cache).versitygw), async (folder) => {
        const module = `${MODULE}@v${PINS.versitygw.version}`;
        const built = await goInstall({module, name: 'versitygw', folder, env});
        if ('binary' in built) return PINS.versitygw.version;
        if (!built.go) throw new NoGo();
        throw new StepError({
          tried: 'built versitygw',
          came: built.failed,
          todo: 'check the network and the version of Go, put versitygw on PATH, or set RATCHET_TEST_S3',
        });
      });
    } catch (error) {
      if (!(error instanceof NoGo)) throw error;
      const skip = 'no Go to build versitygw; put it on PATH or set RATCHET_TEST_S3';
      env['RATCHET_S3_UNAVAILABLE'] = `no S3 server: ${skip}`;
      return {skip};
    }
  },
};

class NoGo extends Error {}
