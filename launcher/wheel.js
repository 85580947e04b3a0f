// @ts-check
import {existsSync} from 'node:fs';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {capture} from './child.js';
import {download, reason, refuseOtherDigest, sha256Of} from './download.js';
import {configuredIndex, urlOfFile} from './package-index.js';
import {findPython} from './pythons.js';
import {StepError} from './step-error.js';

/**
 * @typedef {{env: NodeJS.ProcessEnv, uv?: () => Promise<string>}} WheelClients `uv`: brings uv, asked only where needed
 */

/**
 * Fetches one pinned wheel into `folder`. By pip where there is one (the machine's own, uv's, or one that a new
 * virtual environment brings), since pip knows the user's index, proxy, certificates and credentials; else straight
 * from the configured index. Whoever fetched it: another sha256 than the pinned one is refused.
 * @param {import('./pins.js').PinnedFile} pin
 * @param {string} folder
 * @param {WheelClients} by
 * @returns {Promise<string>} the wheel's path
 */
export async function fetchWheel(pin, folder, by) {
  const file = join(folder, pin.file);
  const failures = [];
  const scratch = await mkdtemp(join(folder, 'pip-'));
  try {
    const pip = await findPip(scratch, by);
    if (pip !== undefined) {
      const failed = await fetchByPip(pip, pin, {folder, scratch, env: by.env});
      if (failed === undefined && existsSync(file)) {
        refuseOtherDigest(pin.file, await sha256Of(file), pin.sha256);
        return file;
      }
      failures.push(`pip: ${failed ?? `brought no ${pin.file}`}`);
    }
  } finally {
    await rm(scratch, {recursive: true, force: true});
  }
  const index = configuredIndex(by.env);
  if (index === undefined) {
    throw new StepError({
      tried: `fetch ${pin.file}`,
      came: [...failures, 'no package index is configured for a direct download'].join('; '),
      todo:
        failures.length > 0
          ? 'check the network, then run again'
          : 'install uv or pip, or name your Python package index in UV_DEFAULT_INDEX, then run again',
    });
  }
  try {
    await download(await urlOfFile(index, pin.file, 30_000), file, {sha256: pin.sha256, connectMs: 30_000});
  } catch (error) {
    throw new StepError(
      {
        tried: `fetch ${pin.file}`,
        came: [...failures, reason(error)].join('; '),
        todo: 'check the network and the index (UV_DEFAULT_INDEX, PIP_INDEX_URL), then run again',
      },
      {cause: error},
    );
  }
  return file;
}

/**
 * What of a wheel's name pip must be told to take it on any machine and Python.
 * @param {string} file NAME-VERSION(-BUILD)?-PYTHON-ABI-PLATFORM.whl
 * @returns {{requirement: string, flags: string[]}}
 */
export function pipSelection(file) {
  const parts = file.replace(/\.whl$/, '').split('-');
  const [name, version] = parts;
  const [python, abi, platforms] = parts.slice(-3);
  const flags = [];
  const cpython = /^cp3(\d+)$/.exec(python ?? '');
  if (cpython !== null)
    flags.push('--implementation', 'cp', '--python-version', `3.${cpython[1]}`, '--abi', abi ?? 'none');
  if (platforms !== 'any')
    for (const platform of platforms?.split('.') ?? []) flags.push('--platform', platform);
  return {requirement: `${name}==${version}`, flags};
}

/**
 * A command that runs pip on this machine.
 * @param {string} scratch for a virtual environment, where one is needed
 * @param {WheelClients} by
 * @returns {Promise<string[] | undefined>}
 */
async function findPip(scratch, {env, uv}) {
  const python = await findPython('3.8', env);
  if (python === undefined) return undefined;
  if ((await capture(python, ['-m', 'pip', '--version'], {env})).ok) return [python, '-m', 'pip'];
  if (uv !== undefined) return [await uv(), 'tool', 'run', '--quiet', '--python', python, 'pip'];
  const venv = join(scratch, 'venv');
  if ((await capture(python, ['-m', 'venv', venv], {env})).ok)
    return [join(venv, 'bin', 'python'), '-m', 'pip'];
  return undefined;
}

/**
 * @param {string[]} pip
 * @param {import('./pins.js').PinnedFile} pin
 * @param {{folder: string, scratch: string, env: NodeJS.ProcessEnv}} where
 * @returns {Promise<string | undefined>} what went wrong
 */
async function fetchByPip([command, ...first], pin, {folder, scratch, env}) {
  const {requirement, flags} = pipSelection(pin.file);
  const requirements = join(scratch, 'requirements.txt');
  await writeFile(requirements, `${requirement} --hash=sha256:${pin.sha256}\n`);
  const done = await capture(
    /** @type {string} */ (command),
    [
      ...first,
      'download',
      '--quiet',
      '--disable-pip-version-check',
      '--no-deps',
      '--only-binary',
      ':all:',
      '--require-hashes',
      ...flags,
      '--dest',
      folder,
      '--requirement',
      requirements,
    ],
    {env},
  );
  return done.ok ? undefined : (errorLine(done.output) ?? `ended with code ${done.code}`);
}

/** @param {string} output */
function errorLine(output) {
  const lines = output.split('\n').map((line) => line.trim());
  return (
    lines.findLast((line) => line.startsWith('ERROR:'))?.slice(7) ?? lines.findLast((line) => line !== '')
  );
}
