import {say} from '../output.ts';

/** No command is silent for longer than this. */
const QUIET_MS = 1500;

/**
 * Says what is being done on standard error, but only once nothing was said for one and a half seconds: what is quick stays
 * quiet. To be called often; `what` is made only where it is said.
 * @example const progress = pacedProgress(); for (…) progress(() => `reads rows.csv: ${n} rows`);
 */
export function pacedProgress(
  write: (line: string) => void = say,
  now: () => number = () => performance.now(),
): (what: () => string) => void {
  let last = now();
  return (what) => {
    if (now() - last < QUIET_MS) return;
    write(what());
    last = now();
  };
}
