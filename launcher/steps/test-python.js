// @ts-check
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {capture} from '../child.js';
import {STAMP, TEST_PYTHON_LOCK, pythonOf, resolveEnvironment, testPythonFolder} from '../environment.js';
import {indexForUv} from '../package-index.js';
import {MINIMUM_PYTHON, findPython} from '../pythons.js';
import {StepError} from '../step-error.js';
import {ensureUv} from './uv.js';

/**
 * A Python environment with the client that the tests drive a gateway with, and MLflow's server, which the trainer's
 * tests ask; every package by its hash.
 * @type {import('../step.js').Step}
 */
export const testPythonStep = {
  name: 'Python packages for tests',
  what: 'installed openai and mlflow',
  lock: () => 'test-python',
  ready: ({env}) => resolveEnvironment(env).testPython,
  build: async (context) => {
    const uv = await ensureUv(context);
    const env = {UV_HTTP_TIMEOUT: '180', ...indexForUv(context.env), ...context.env, UV_NO_PROGRESS: '1'};
    const folder = testPythonFolder(context.cache);
    const python = (await findPython(MINIMUM_PYTHON, env)) ?? `>=${MINIMUM_PYTHON}`;
    const lock = ['--require-hashes', '--requirement', TEST_PYTHON_LOCK];
    for (const args of [
      ['venv', '--quiet', '--allow-existing', '--python', python, folder],
      ['pip', 'install', '--quiet', '--compile-bytecode', '--python', pythonOf(folder), ...lock],
    ]) {
      const done = await capture(uv, args, {env});
      if (!done.ok) throw failure(done.output.trim().split('\n').slice(-3).join(' '));
    }
    const proof = await capture(pythonOf(folder), ['-c', PROOF], {env});
    if (!proof.ok) throw failure(proof.output.trim());
    await writeFile(join(folder, STAMP), `${JSON.stringify({at: new Date().toISOString()})}\n`);
    return proof.stdout.trim();
  },
};

const PROOF = 'import openai, mlflow; print(f"{openai.__version__} and {mlflow.__version__}")';

/** @param {string} came */
function failure(came) {
  return new StepError({
    tried: 'uv installing test/client/requirements.txt',
    came: came || 'it said nothing',
    todo: `check the network and that there is a Python ≥ ${MINIMUM_PYTHON}, then run again; or name an interpreter that has the packages in RATCHET_TEST_PYTHON`,
  });
}
