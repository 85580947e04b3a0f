// @ts-check
import {delimiter, dirname} from 'node:path';
import {endRunning} from './child.js';
import {environmentVariables, resolveEnvironment} from './environment.js';
import {PACKAGE_ROOT, cacheRoot, isCheckout} from './locations.js';
import {releaseAllLocks} from './lock.js';
import {showProgress} from './progress.js';
import {ensure} from './step.js';
import {gemmaStep} from './steps/gemma.js';
import {helmStep} from './steps/helm.js';
import {llamaStep} from './steps/llama.js';
import {manifestCheckStep} from './steps/manifest-check.js';
import {modelStep, wordllamaStep} from './steps/models.js';
import {nodeStep} from './steps/node.js';
import {npmStep} from './steps/npm.js';
import {otelcolStep} from './steps/otelcol.js';
import {temporalStep} from './steps/temporal.js';
import {testPythonStep} from './steps/test-python.js';
import {toxiproxyStep} from './steps/toxiproxy.js';
import {mlflowStep, qloraStep, wandbStep} from './steps/trainer-extras.js';
import {trainerStep} from './steps/trainer.js';
import {versitygwStep} from './steps/versitygw.js';

/**
 * The parts a command may need beside Node and the npm packages, which all need.
 * @typedef {'trainer' | 'model' | 'gemma' | 'wordllama' | 'llama' | 'temporal' | 'versitygw' | 'testPython' | 'otelcol' | 'toxiproxy' | 'helm' | 'manifest-check' | 'mlflow' | 'wandb' | 'qlora'} Part
 */

/** What the stack runs with. @type {readonly Part[]} */
export const STACK = ['trainer', 'model', 'wordllama', 'llama', 'temporal'];

/** What the tests run with. @type {readonly Part[]} */
export const EVERYTHING = [
  ...STACK,
  'versitygw',
  'testPython',
  'otelcol',
  'helm',
  'manifest-check',
  'mlflow',
  'wandb',
];

/** What the benchmarks run with. @type {readonly Part[]} */
export const FIGURES = [...STACK, 'versitygw'];

/** What chaos and soak run with. @type {readonly Part[]} */
export const FAULTS = [...FIGURES, 'toxiproxy'];

/** Every part there is. @type {readonly Part[]} */
export const ALL = [...EVERYTHING, 'toxiproxy', 'gemma', 'qlora'];

/**
 * Sees to it that Node, the npm packages and `parts` are there. What is there already costs a look.
 * @param {readonly Part[]} parts
 * @returns {Promise<{node: string, env: NodeJS.ProcessEnv, results: import('./step.js').StepResult[]}>}
 *   the Node to run with, the environment to give it, and what came of each step
 */
export async function setUp(parts) {
  const env = {...process.env};
  const context = {cache: cacheRoot(env), env, root: PACKAGE_ROOT, ...showProgress()};
  const undo = leaveCleanly();
  try {
    const results = [await ensure(nodeStep, context)];
    const node = resolveEnvironment(env).node ?? process.execPath;
    if (node !== process.execPath) env['PATH'] = `${dirname(node)}${delimiter}${env['PATH'] ?? ''}`;
    if (results.every(({state}) => state !== 'failed')) {
      if (isCheckout()) results.push(await ensure(npmStep, context));
      results.push(...(await Promise.all(chains(parts).map((chain) => inTurn(chain, context)))).flat());
    }
    env['NODE_OPTIONS'] = quiet(env['NODE_OPTIONS']);
    Object.assign(env, environmentVariables(resolveEnvironment(env)));
    return {node, env, results};
  } finally {
    undo();
  }
}

/**
 * Node 22 warns in every process that running TypeScript is experimental.
 * @param {string | undefined} options
 */
function quiet(options = '') {
  const flag = '--disable-warning=ExperimentalWarning';
  return options.includes(flag) ? options : `${options} ${flag}`.trim();
}

/**
 * Steps that load the network and steps that load the processor go side by side; Go builds do not.
 * @param {readonly Part[]} parts
 * @returns {import('./step.js').Step[][]}
 */
function chains(parts) {
  /** @type {readonly (readonly [Part, import('./step.js').Step])[][]} */
  const all = [
    [
      ['trainer', trainerStep],
      ['mlflow', mlflowStep],
      ['wandb', wandbStep],
      ['qlora', qloraStep],
      ['testPython', testPythonStep],
    ],
    [
      ['model', modelStep],
      ['gemma', gemmaStep],
      ['wordllama', wordllamaStep],
      ['llama', llamaStep],
    ],
    [
      ['temporal', temporalStep],
      ['versitygw', versitygwStep],
      ['otelcol', otelcolStep],
      ['toxiproxy', toxiproxyStep],
      ['helm', helmStep],
      ['manifest-check', manifestCheckStep],
    ],
  ];
  return all.map((chain) => chain.filter(([part]) => parts.includes(part)).map(([, step]) => step));
}

/**
 * @param {import('./step.js').Step[]} steps
 * @param {import('./step.js').StepContext} context
 */
async function inTurn(steps, context) {
  const results = [];
  for (const step of steps) results.push(await ensure(step, context));
  return results;
}

/** A signal during the set-up ends what it runs and gives its locks back. Returns how to stop listening. */
function leaveCleanly() {
  /** @type {readonly (readonly [NodeJS.Signals, number])[]} */
  const signals = [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ];
  const handlers = signals.map(([signal, code]) => {
    const handler = () => {
      endRunning();
      releaseAllLocks();
      process.exit(code);
    };
    process.on(signal, handler);
    return /** @type {const} */ ([signal, handler]);
  });
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  };
}
