// @ts-check

/** A step of the set-up that could not be done. The message is one line: what was tried, what came, what to do. */
export class StepError extends Error {
  /**
   * @param {{tried: string, came: string, todo: string}} what
   * @param {ErrorOptions} [options]
   */
  constructor({tried, came, todo}, options) {
    super(`${tried}: ${oneLine(came)}; ${todo}`, options);
    this.name = 'StepError';
  }
}

/** @param {string} text */
function oneLine(text) {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 600 ? `${line.slice(0, 600)}…` : line;
}
