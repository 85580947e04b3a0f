// @ts-check

const TELL_EVERY_MS = 30_000;
/** What is done by then needs no line before. */
const TELL_FIRST_MS = 1_500;

/**
 * Shows the set-up's progress on stderr, so that a command's own output stays clean: a line for each step when it is
 * done, and for what is at work a live line on a terminal, else a line soon and then every half minute.
 *
 * @param {NodeJS.WriteStream} [stream]
 */
export function showProgress(stream = process.stderr) {
  /** @type {Map<string, number>} */
  const atWork = new Map();
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  /** @type {NodeJS.Timeout | undefined} */
  let first;
  let told = false;
  const live = stream.isTTY === true;

  const summary = () =>
    [...atWork]
      .map(([name, since]) => `${name} ${Math.round((performance.now() - since) / 1000)} s`)
      .join(', ');
  const clear = () => {
    if (live) stream.write('\r\x1b[K');
  };
  const draw = () => {
    if (atWork.size === 0) return;
    if (live) stream.write(`\r\x1b[K  setting up: ${summary()}`.slice(0, (stream.columns ?? 80) + 3));
    else stream.write(`  ${told ? 'still setting up' : 'setting up'}: ${summary()}\n`);
    told = true;
  };
  return {
    /** @param {string} line */
    say(line) {
      clear();
      stream.write(`  ${line}\n`);
    },
    /** @param {string} name */
    begin(name) {
      atWork.set(name, performance.now());
      timer ??= setInterval(draw, live ? 1000 : TELL_EVERY_MS);
      if (!live && !told) first ??= setTimeout(draw, TELL_FIRST_MS);
    },
    /** @param {string} name */
    end(name) {
      if (!atWork.delete(name)) return;
      clear();
      if (atWork.size > 0) return;
      clearInterval(timer);
      clearTimeout(first);
      timer = first = undefined;
      told = false;
    },
  };
}
