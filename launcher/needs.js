// @ts-check
import {namedCluster} from './named-cluster.js';
import {STACK} from './setup.js';

/**
 * Which parts a `ratchet` command needs beside Node and the npm packages. Only what starts the stack needs the
 * heavy ones; reading the store, deciding, following a run and asking for help need none.
 * @param {readonly string[]} args as given to `ratchet`
 * @param {NodeJS.ProcessEnv} env
 * @returns {readonly import('./setup.js').Part[]}
 */
export function partsFor(args, env) {
  if (args.some((arg) => ['--help', '-h', '--version', '-V', 'help'].includes(arg))) return [];
  switch (commandOf(args)) {
    case 'demo':
    case 'up':
      return STACK;
    case 'run':
      // With a server named, the run's workers may be anywhere; without one, this machine is the stack.
      return namedCluster(env) ? [] : STACK;
    case 'validate':
      // It shows rows as the model's own tokenizer cuts them.
      return ['model'];
    case 'datasets':
      return args.includes('search') ? ['wordllama'] : [];
    default:
      return [];
  }
}

/**
 * The first argument that is neither an option nor the value of `--project`.
 * @param {readonly string[]} args
 * @returns {string | undefined}
 */
function commandOf(args) {
  for (let i = 0; i < args.length; i += 1) {
    const arg = /** @type {string} */ (args[i]);
    if (arg === '--project' || arg === '-p') i += 1;
    else if (!arg.startsWith('-')) return arg;
  }
  return undefined;
}
