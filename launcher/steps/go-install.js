// @ts-check
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {capture} from '../child.js';
import {PACKAGE_ROOT} from '../locations.js';
import {findOnPath} from '../path-search.js';

/** @typedef {{binary: string} | {failed: string}} Installed */

/** The modules that are built, one folder each: go.mod names every version, go.sum the sha256 of each. */
export const GO_MODULES = join(PACKAGE_ROOT, 'launcher', 'go');

/**
 * Builds a Go program into `folder`, by the go.mod and go.sum of the module in `cwd`. Not `go install module@version`: that
 * takes whatever the proxy gives as these versions, wherever the checksum database is switched off. Here a module that
 * is not in go.sum, or has other bytes, ends the build.
 * @param {{pack: string, name: string, folder: string, env: NodeJS.ProcessEnv, cwd: string}} what the package, `.` for that
 *   in `cwd`, and the name of its program
 * @returns {Promise<Installed>}
 */
export async function goInstall({pack, name, folder, env, cwd}) {
  const go = findOnPath('go', env);
  if (go === undefined) return {failed: 'no Go on PATH to build it'};
  // GOOS and GOARCH would build for another machine, and go refuses GOBIN with them.
  const {GOOS: _os, GOARCH: _arch, ...rest} = env;
  const built = await capture(go, ['install', pack], {
    env: {...rest, GOBIN: folder, GOFLAGS: '-mod=readonly -buildvcs=false', GOWORK: 'off'},
    cwd,
  });
  const binary = join(folder, name);
  if (built.ok && existsSync(binary)) return {binary};
  const lines = built.output.split('\n').filter((line) => line !== '' && !line.startsWith('go: downloading'));
  const mismatch = lines.find((line) => line.includes('checksum mismatch'));
  if (mismatch !== undefined) return {failed: `go install ${pack}: ${mismatch}: it is not what go.sum says`};
  return {failed: `go install ${pack}: ${lines.slice(-3).join(' ') || `code ${built.code}`}`};
}
