// @ts-check
import {chmod, rm} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {capture} from '../child.js';
import {cachedPaths, resolveEnvironment} from '../environment.js';
import {lockPath, withLock} from '../lock.js';
import {isExecutable} from '../path-search.js';
import {MACHINE, PINS} from '../pins.js';
import {StepError} from '../step-error.js';
import {buildFolder} from '../step.js';
import {fetchWheel} from '../wheel.js';
import {extract, readZip} from '../zip.js';

/**
 * uv: the one on PATH if it runs, else its wheel's binary in the cache.
 * @param {import('../step.js').StepContext} context
 * @returns {Promise<string>} the binary
 */
export async function ensureUv(context) {
  const {cache, env, say} = context;
  const cached = cachedPaths(cache).uv;
  const onPath = resolveEnvironment(env).uv;
  if (onPath !== undefined && onPath !== cached && (await capture(onPath, ['--version'], {env})).ok)
    return onPath;
  if (isExecutable(cached)) return cached;
  return withLock(lockPath(cache, 'uv'), async () => {
    if (isExecutable(cached)) return cached;
    const start = performance.now();
    const pin = PINS.uv.wheels[MACHINE];
    if (pin === undefined) {
      throw new StepError({
        tried: 'looked for uv',
        came: `there is none on PATH, and no pinned wheel for ${MACHINE}`,
        todo: 'install uv by hand',
      });
    }
    await buildFolder(dirname(cached), async (folder) => {
      const wheel = await fetchWheel(pin, folder, {env});
      const entry = (await readZip(wheel)).get(`uv-${PINS.uv.version}.data/scripts/uv`);
      if (entry === undefined) throw new Error(`no uv in ${wheel}`);
      const binary = join(folder, 'uv');
      await extract(wheel, entry, binary);
      await chmod(binary, 0o755);
      await rm(wheel);
      const asked = await capture(binary, ['--version'], {env});
      if (!asked.ok) {
        throw new StepError({
          tried: `ran the uv of ${pin.file}`,
          came: asked.output || `ended with code ${asked.code}`,
          todo: 'install uv by hand',
        });
      }
    });
    say(`uv: fetched its wheel: ${PINS.uv.version} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
    return cached;
  });
}
