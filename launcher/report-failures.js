// @ts-check

/**
 * One line on stderr for each step that failed.
 * @param {readonly import('./step.js').StepResult[]} results
 * @returns {boolean} whether one did
 */
export function reportFailures(results) {
  const failed = results.filter(({state}) => state === 'failed');
  for (const {name, detail} of failed) console.error(`ratchet: ${name}: ${detail}`);
  return failed.length > 0;
}
