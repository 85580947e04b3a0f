// @ts-check
import {mkdir, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {capture} from '../child.js';
import {cachedPaths, resolveEnvironment} from '../environment.js';
import {MACHINE, PINS} from '../pins.js';
import {StepError} from '../step-error.js';
import {buildFolder} from '../step.js';
import {isAtLeast} from '../versions.js';
import {npmFailure, runNpm} from './npm.js';

/**
 * A Node that runs TypeScript. Where the machine's is too old: npm's package of the Node binary for this machine (the
 * one that the package `node` picks by an install script, which newer npm refuses to run), with a pinned integrity.
 * @type {import('../step.js').Step}
 */
export const nodeStep = {
  name: 'node',
  what: `brought a Node ≥ ${PINS.node.minimum}`,
  lock: () => 'node',
  ready: ({env}) => resolveEnvironment(env).node,
  build: async ({cache, env}) => {
    const pin = PINS.node.packages[MACHINE];
    const binary = cachedPaths(cache).node;
    if (pin === undefined || binary === undefined) {
      throw new StepError({
        tried: `looked for a Node ≥ ${PINS.node.minimum}`,
        came: `this one is ${process.version}, and npm has none for ${MACHINE}`,
        todo: 'install a current Node by hand',
      });
    }
    await buildFolder(join(cache, 'node', `${pin.name}-${pin.version}`), async (folder) => {
      await mkdir(folder, {recursive: true});
      const own = {name: 'ratchet-node', version: '1.0.0', private: true};
      const dependencies = {[pin.name]: pin.version};
      await writeFile(join(folder, 'package.json'), JSON.stringify({...own, dependencies}));
      await writeFile(
        join(folder, 'package-lock.json'),
        JSON.stringify({
          name: own.name,
          version: own.version,
          lockfileVersion: 3,
          requires: true,
          packages: {
            '': {...own, dependencies},
            [`node_modules/${pin.name}`]: {version: pin.version, integrity: pin.integrity},
          },
        }),
      );
      const installed = await runNpm(['ci', '--ignore-scripts'], {cwd: folder, env});
      if (!installed.ok) throw npmFailure(`npm ci of ${pin.name}@${pin.version}`, installed);
      const unfinished = join(folder, 'node_modules', pin.name, 'bin', 'node');
      const asked = await capture(unfinished, ['--version']);
      if (!asked.ok || !isAtLeast(asked.stdout, PINS.node.minimum)) {
        await rm(folder, {recursive: true, force: true});
        throw new StepError({
          tried: `ran the Node of ${pin.name}@${pin.version}`,
          came: asked.output || `ended with code ${asked.code}`,
          todo: `install a Node ≥ ${PINS.node.minimum} by hand`,
        });
      }
    });
    return `${pin.version}, as this machine's is ${process.version.slice(1)}`;
  },
};
