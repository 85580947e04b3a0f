// @ts-check
import {copyFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {capture} from '../child.js';
import {STAMP, cachedPaths, resolveEnvironment} from '../environment.js';
import {PACKAGE_ROOT} from '../locations.js';
import {StepError} from '../step-error.js';
import {buildFolder} from '../step.js';
import {npmFailure, runNpm} from './npm.js';

const LOCKS = join(PACKAGE_ROOT, 'launcher', 'locks');

/** The native binary loads; it is not compiled here. */
const PROOF = `import {getLlama} from 'node-llama-cpp';
const llama = await getLlama({build: 'never', logLevel: 'error', progressLogs: false});
console.log(llama.llamaCppRelease.release);
await llama.dispose();`;

/**
 * node-llama-cpp, in a package of its own whose overrides leave out 600 MB of CUDA and Vulkan builds: overrides
 * hold only for the root package, so a dependency of Ratchet's own package could not do that.
 * @type {import('../step.js').Step}
 */
export const llamaStep = {
  name: 'inference engine',
  what: 'installed node-llama-cpp',
  lock: () => 'llama',
  ready: ({env}) => resolveEnvironment(env).llama,
  build: async (context) => {
    const {cache} = context;
    const node = resolveEnvironment(context.env).node ?? process.execPath;
    const env = {...context.env, NODE_LLAMA_CPP_SKIP_DOWNLOAD: 'true'};
    return buildFolder(cachedPaths(cache).llama, async (folder) => {
      await copyFile(join(LOCKS, 'llama.package.json'), join(folder, 'package.json'));
      await copyFile(join(LOCKS, 'llama.package-lock.json'), join(folder, 'package-lock.json'));
      // Not `npm ci`: it refuses a lock in which a binary for some other machine is missing.
      const installed = await runNpm(['install', '--ignore-scripts', '--no-save'], {cwd: folder, env});
      if (!installed.ok) throw npmFailure('npm install of node-llama-cpp', installed);
      // A file, since node-llama-cpp forks itself with this Node's own options.
      const file = join(folder, 'proof.js');
      await writeFile(file, PROOF);
      const proof = await capture(node, [file], {cwd: folder, env});
      if (!proof.ok) {
        throw new StepError({
          tried: 'loaded node-llama-cpp',
          came: proof.output.split('\n').find((line) => /error/i.test(line)) ?? proof.output,
          todo: 'name a folder whose node_modules holds one that works on this machine in RATCHET_LLAMA',
        });
      }
      const release = proof.stdout.trim();
      await writeFile(join(folder, STAMP), `${JSON.stringify({release})}\n`);
      return `llama.cpp ${release}, CPU build`;
    });
  },
};
