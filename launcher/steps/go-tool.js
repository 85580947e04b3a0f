// @ts-check
import {dirname} from 'node:path';
import {cachedPaths, resolveEnvironment} from '../environment.js';
import {findOnPath} from '../path-search.js';
import {StepError} from '../step-error.js';
import {buildFolder} from '../step.js';

/**
 * A program that Go builds into the cache, where neither the user nor the cache has it. Without Go it is skipped, and that is
 * said; what Go fails to build has failed.
 * @param {{
 *   name: string,
 *   tool: 'versitygw' | 'otelcol' | 'toxiproxy' | 'helm' | 'manifestCheck',
 *   version: () => string,
 *   instead: string,
 *   build: (into: {folder: string, env: NodeJS.ProcessEnv}) => Promise<import('./go-install.js').Installed>,
 *   named?: (env: NodeJS.ProcessEnv) => string | undefined,
 *   unavailable?: {variable: string, what: string},
 * }} what
 * - `instead`: what a user does who cannot have it built
 * - `named`: what the user named in its place, if they did: then none is needed
 * - `unavailable`: the variable that tells the tests why they are skipped
 * @returns {import('../step.js').Step}
 */
export function goTool({name, tool, version, instead, build, named, unavailable}) {
  return {
    name,
    what: 'built it',
    lock: () => tool,
    ready: ({env}) => named?.(env) ?? resolveEnvironment(env)[tool],
    build: async ({cache, env}) => {
      if (findOnPath('go', env) === undefined) {
        const skip = `no Go to build it; ${instead}`;
        if (unavailable) env[unavailable.variable] = `${unavailable.what}: ${skip}`;
        return {skip};
      }
      return buildFolder(dirname(cachedPaths(cache)[tool]), async (folder) => {
        const built = await build({folder, env});
        if ('binary' in built) return version();
        throw new StepError({
          tried: 'built it',
          came: built.failed,
          todo: `check the network and the version of Go, or ${instead}`,
        });
      });
    },
  };
}
