// @ts-check
import {dirname} from 'node:path';
import {cachedPaths, resolveEnvironment} from '../environment.js';
import {PINS} from '../pins.js';
import {buildFolder} from '../step.js';
import {goInstall} from './go-install.js';

const MODULE = 'github.com/Shopify/toxiproxy/v2/cmd/server';

/**
 * A TCP proxy that can be told to be slow or to break off, for `npm run chaos`: `toxiproxy-server` on PATH, the cache, else
 * built by Go. Where it cannot be built, the cases that need it are inconclusive, and say so.
 * @type {import('../step.js').Step}
 */
export const toxiproxyStep = {
  name: 'toxiproxy for chaos',
  what: 'built toxiproxy',
  lock: () => 'toxiproxy',
  ready: ({env}) => resolveEnvironment(env).toxiproxy,
  build: async ({cache, env}) => {
    try {
      return await buildFolder(dirname(cachedPaths(cache).toxiproxy), async (folder) => {
        const module = `${MODULE}@v${PINS.toxiproxy.version}`;
        const built = await goInstall({module, name: 'server', folder, env});
        if ('binary' in built) return PINS.toxiproxy.version;
        throw new NotBuilt(built.failed);
      });
    } catch (error) {
      if (!(error instanceof NotBuilt)) throw error;
      return {skip: `${error.message}; put toxiproxy-server on PATH`};
    }
  },
};

class NotBuilt extends Error {}
