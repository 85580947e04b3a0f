// @ts-check
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {capture} from '../child.js';
import {findOnPath} from '../path-search.js';

/** @typedef {{binary: string} | {failed: string}} Installed */

/**
 * Builds a Go program from the module proxy, or from our sources, into `folder`.
 * @param {{module: string, name: string, folder: string, env: NodeJS.ProcessEnv, cwd?: string}} what module@version, or `.`
 *   in `cwd`
 * @returns {Promise<Installed>}
 */
export async function goInstall({module, name, folder, env, cwd}) {
  const go = findOnPath('go', env);
  if (go === undefined) return {failed: 'no Go on PATH to build it'};
  // GOOS and GOARCH would build for another machine, and go refuses GOBIN with them.
  const {GOOS: _os, GOARCH: _arch, ...rest} = env;
  const built = await capture(go, ['install', module], {
    env: {...rest, GOBIN: folder, GOFLAGS: '-buildvcs=false'},
    ...(cwd === undefined ? {} : {cwd}),
  });
  const binary = join(folder, name);
  if (built.ok && existsSync(binary)) return {binary};
  const lines = built.output.split('\n').filter((line) => line !== '' && !line.startsWith('go: downloading'));
  return {failed: `go install ${module}: ${lines.slice(-3).join(' ') || `code ${built.code}`}`};
}
