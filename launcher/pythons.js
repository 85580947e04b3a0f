// @ts-check
import {capture} from './child.js';
import {findOnPath} from './path-search.js';
import {isAtLeast} from './versions.js';

/** The oldest Python that torch and transformers still run on. */
export const MINIMUM_PYTHON = '3.11';

const NAMES = ['python3.13', 'python3.12', 'python3.11', 'python3', 'python'];

/**
 * The first Python on PATH of at least `minimum`, the newest tried first. Each is asked, since a name on PATH may
 * be a stand-in for a version that is not installed.
 * @param {string} minimum
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string | undefined>} the interpreter's own path
 */
export async function findPython(minimum, env) {
  for (const name of NAMES) {
    const python = findOnPath(name, env);
    if (python === undefined) continue;
    const asked = await capture(
      python,
      ['-c', 'import sys; print(*sys.version_info[:2], sep="."); print(sys.executable)'],
      {env, timeoutMs: 30_000},
    );
    const [version, executable] = asked.stdout.trim().split('\n');
    if (asked.ok && version && executable && isAtLeast(version, minimum)) return executable;
  }
  return undefined;
}
