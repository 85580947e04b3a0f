#!/usr/bin/env node
// @ts-check
import {existsSync, readFileSync, realpathSync} from 'node:fs';
import {join} from 'node:path';
import {runInPlace} from './child.js';
import {PACKAGE_ROOT} from './locations.js';
import {reportFailures} from './report-failures.js';
import {ALL, EVERYTHING, FAULTS, FIGURES, setUp} from './setup.js';
import {acceptsGemma} from './steps/gemma.js';
import {runTests} from './test-run.js';

const USAGE = `usage: node launcher/launch.js COMMAND
  test [ARGS]          set everything up, then vitest run ARGS
  test:quick [ARGS]    vitest run ARGS on the tests that need neither a server, the trainer nor a model
  bench [ARGS]         set everything up, then the benchmarks
  chaos [ARGS]         set everything up, then runs whose processes are killed, and worse
  soak [ARGS]          set everything up, then a gateway under load while retrains run
  mutate [ARGS]        set up two servers, then the tests against code with one operator or constant changed
  fuzz [ARGS]          set up a model, then everything that reads texts over texts that are made to be slow
  exec COMMAND [ARGS]  a command of the npm packages, e.g. exec eslint .
  stamp                writes into dist which commit it was built of
  setup [--json] [--only PART,PART]  set up and report; parts: ${ALL.join(', ')}`;

const [command, ...args] = process.argv.slice(2);
switch (command) {
  case 'test':
    process.exitCode = await withParts(forTests(), ({node, env, results}) =>
      runTests({node, env, results, args}),
    );
    break;
  case 'test:quick':
    process.exitCode = await withParts([], ({node, env, results}) =>
      runTests({
        node,
        results,
        env: {RATCHET_S3_UNAVAILABLE: 'needs a server, which npm run test:quick does not start', ...env},
        args: ['--project=quick', '--project=quick-isolated', ...args],
        listSkipped: false,
      }),
    );
    break;
  case 'bench':
  case 'chaos':
  case 'soak':
    process.exitCode = await withParts(command === 'bench' ? FIGURES : FAULTS, ({node, env}) =>
      runInPlace(node, [join(PACKAGE_ROOT, 'scripts', command, 'main.ts'), ...args], env),
    );
    break;
  case 'fuzz':
    process.exitCode = await withParts(['model'], ({node, env}) =>
      runInPlace(node, [join(PACKAGE_ROOT, 'scripts', 'fuzz', 'main.ts'), ...args], env),
    );
    break;
  case 'mutate':
    process.exitCode = await withParts(['temporal', 'versitygw'], ({node, env}) =>
      runInPlace(node, [join(PACKAGE_ROOT, 'scripts', 'mutate', 'main.ts'), ...args], env),
    );
    break;
  case 'exec':
    process.exitCode = await withParts([], ({node, env}) => exec(node, env, args));
    break;
  case 'stamp':
    process.exitCode = await withParts([], ({node, env}) =>
      runInPlace(node, [join(PACKAGE_ROOT, 'scripts', 'build', 'stamp.ts')], env),
    );
    break;
  case 'setup':
    process.exitCode = await setup(args);
    break;
  default:
    console.error(command === undefined ? USAGE : `ratchet: no command ${command}\n${USAGE}`);
    process.exitCode = 2;
}

/** The second architecture's model only for who accepts its terms. */
function forTests() {
  return acceptsGemma(process.env) ? [...EVERYTHING, /** @type {const} */ ('gemma')] : EVERYTHING;
}

/**
 * @param {readonly import('./setup.js').Part[]} parts
 * @param {(ready: Awaited<ReturnType<typeof setUp>>) => Promise<number>} run
 * @returns {Promise<number>} exit code
 */
async function withParts(parts, run) {
  const ready = await setUp(parts);
  return reportFailures(ready.results) ? 1 : run(ready);
}

/**
 * @param {string} node
 * @param {NodeJS.ProcessEnv} env
 * @param {readonly string[]} args
 */
async function exec(node, env, [name, ...rest]) {
  const file = join(PACKAGE_ROOT, 'node_modules', '.bin', name ?? '');
  if (name === undefined || !existsSync(file)) {
    console.error(`ratchet: no command ${name ?? ''} in node_modules/.bin: is its package in package.json?`);
    return 2;
  }
  const script = realpathSync(file);
  const isScript = /^#!.*\bnode\b/.test(readFileSync(script, 'latin1').slice(0, 200));
  return isScript ? runInPlace(node, [script, ...rest], env) : runInPlace(script, rest, env);
}

/** @param {readonly string[]} args */
async function setup(args) {
  const only = args.includes('--only') ? (args[args.indexOf('--only') + 1] ?? '').split(',') : EVERYTHING;
  const unknown = only.filter((part) => !ALL.some((known) => known === part));
  if (unknown.length > 0) {
    console.error(`ratchet: no part ${unknown.join(', ')}: there are ${ALL.join(', ')}`);
    return 2;
  }
  const start = performance.now();
  const {node, env, results} = await setUp(ALL.filter((part) => only.includes(part)));
  const seconds = Math.round(performance.now() - start) / 1000;
  if (args.includes('--json')) {
    const variables = Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('RATCHET_')));
    console.log(JSON.stringify({node, seconds, steps: results, environment: variables}, null, 2));
  } else {
    for (const {name, state, detail} of results) console.log(`${state.padEnd(8)} ${name}: ${detail}`);
    console.log(`all in ${seconds.toFixed(1)} s`);
  }
  return reportFailures(results) ? 1 : 0;
}
