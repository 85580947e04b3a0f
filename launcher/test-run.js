// @ts-check
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, relative} from 'node:path';
import {runInPlace} from './child.js';
import {PACKAGE_ROOT} from './locations.js';

/**
 * The parts of vitest's JSON report that are counted.
 * @typedef {{
 *   numPassedTests: number,
 *   numFailedTests: number,
 *   testResults: {name: string, status: string, assertionResults: {status: string, fullName: string}[]}[],
 * }} VitestReport
 */

/**
 * Runs vitest with a temporary folder of its own, which is kept if a test fails. Then prints why tests were skipped and,
 * alone on the last line, how many passed and failed.
 * `listSkipped: false`: only how many were skipped.
 * @param {{
 *   node: string, env: NodeJS.ProcessEnv, args: readonly string[], results: readonly import('./step.js').StepResult[],
 *   listSkipped?: boolean,
 * }} how
 * @returns {Promise<number>} exit code
 */
export async function runTests({node, env, args, results, listSkipped = true}) {
  const folder = mkdtempSync(join(tmpdir(), 'ratchet-test-'));
  const file = join(folder, 'report.json');
  const reporters = args.some((arg) => arg.startsWith('--reporter')) ? [] : ['--reporter=default'];
  const code = await runInPlace(
    node,
    [
      join(PACKAGE_ROOT, 'node_modules', 'vitest', 'vitest.mjs'),
      'run',
      ...reporters,
      '--reporter=json',
      `--outputFile.json=${file}`,
      ...args,
    ],
    {...env, TMPDIR: folder},
  );
  const counts = count(readReport(file), code);
  const reasons = skipReasons(results, counts);
  for (const line of listSkipped ? reasons : reasons.slice(-1)) console.log(line);
  const failed = code !== 0 || counts.failed > 0;
  if (failed) console.log(`Stores and logs of the tests are kept in ${folder}`);
  else rmSync(folder, {recursive: true, force: true});
  console.log(closingLine(counts));
  return failed ? code || 1 : 0;
}

/**
 * @typedef {{passed: number, failed: number, skippedTests: string[]}} Counts
 * @param {VitestReport | undefined} report
 * @param {number} code vitest's exit code
 * @returns {Counts}
 */
export function count(report, code) {
  if (report === undefined) return {passed: 0, failed: 1, skippedTests: []};
  // A file that could not be loaded has no tests to count, but is a failure; so is an error outside of any test.
  const broken = report.testResults.filter(
    ({status, assertionResults}) =>
      status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
  );
  const failed = report.numFailedTests + broken.length;
  const skippedTests = report.testResults.flatMap(({name, assertionResults}) =>
    assertionResults
      .filter(({status}) => ['skipped', 'pending', 'todo', 'disabled'].includes(status))
      .map(({fullName}) => `${relative(PACKAGE_ROOT, name)}: ${fullName}`),
  );
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skippedTests,
  };
}

/** @param {Counts} counts */
export function closingLine({passed, failed}) {
  return `${passed} passed, ${failed} failed`;
}

/**
 * @param {readonly import('./step.js').StepResult[]} results
 * @param {Counts} counts
 */
function skipReasons(results, {skippedTests}) {
  if (skippedTests.length === 0) return [];
  const reasons = results
    .filter(({state}) => state === 'skipped')
    .map(({name, detail}) => `Skipped without ${name}: ${detail}`);
  return [...reasons, ...skippedTests.map((test) => `skipped: ${test}`), `${skippedTests.length} skipped`];
}

/**
 * @param {string} file
 * @returns {VitestReport | undefined} undefined: vitest did not get as far as writing it
 */
function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
