// @ts-check
import {join} from 'node:path';
import {PINS} from '../pins.js';
import {GO_MODULES, goInstall} from './go-install.js';
import {goTool} from './go-tool.js';

const PACK = 'github.com/Shopify/toxiproxy/v2/cmd/server';

/**
 * A TCP proxy that can be told to be slow or to break off, for `npm run chaos`: `toxiproxy-server` on PATH, the cache, else
 * built by Go. Without it the cases that need it are inconclusive, and say so.
 */
export const toxiproxyStep = goTool({
  name: 'toxiproxy for chaos',
  tool: 'toxiproxy',
  version: () => PINS.toxiproxy.version,
  instead: 'put toxiproxy-server on PATH',
  build: (into) => goInstall({pack: PACK, name: 'server', cwd: join(GO_MODULES, 'toxiproxy'), ...into}),
});
