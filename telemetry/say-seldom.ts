import type {Say} from './log.ts';

/** So long the same line is not said again. */
const SILENT_MS = 60_000;
/** Of so many lines it is remembered when they were said; then all are forgotten. */
const REMEMBERED = 1000;

/** For what every request may come upon: a line is said once a minute, however many requests there are. */
export function saySeldom(say: Say, now: () => number = Date.now): Say {
  const said = new Map<string, number>();
  return (line, more) => {
    const last = said.get(line);
    if (last !== undefined && now() - last < SILENT_MS) return;
    if (said.size >= REMEMBERED) said.clear();
    said.set(line, now());
    say(line, more);
  };
}
