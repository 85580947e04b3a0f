// @ts-check

const TELL_EVERY_MS = 30_000;

/**
 * Shows the set-up's progress on stderr, so that a command's own output stays clean: a line for each step when it is
 * done, and for what is at work a live line on a terminal, else a line every half minute.
 */
export function showProgress() {
  const stream = process.stderr;
  /** @type {Map<string, number>} */
  const atWork = new Map();
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
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
    else stream.write(`  still setting up: ${summary()}\n`);
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
    },
    /** @param {string} name */
    end(name) {
      if (!atWork.delete(name)) return;
      clear();
      if (atWork.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    },
  };
}
