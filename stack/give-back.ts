import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';

const LOOK_MS = 15_000;
/** Of a core, all threads together; above that it is at work. */
const IDLE = 0.03;
/** A heap that has grown by less than this since it was last collected is left alone… */
const GROWN = 1.2;
/** …but for once after so many idle looks in a row: what was still held at the first of them may be garbage by now. */
const ONCE_MORE = 3;

/**
 * Gives back what a process no longer needs, once it has had nothing to do for `everyMs`. V8 collects when something is
 * allocated, so that a process which only waits keeps all that its start, or its last work, left behind: half of an idle
 * gateway.
 */
export function giveBackWhenIdle(everyMs = LOOK_MS): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as NodeJS.GCFunction;
  const cpuMs = () => {
    const {user, system} = process.cpuUsage();
    return (user + system) / 1000;
  };
  const heap = () => process.memoryUsage().heapTotal;
  let before = cpuMs();
  let collected = 0;
  let idle = 0;
  setInterval(() => {
    idle = cpuMs() - before < IDLE * everyMs ? idle + 1 : 0;
    if (idle === ONCE_MORE || (idle > 0 && heap() > GROWN * collected)) {
      void collect({type: 'major', flavor: 'last-resort'});
      collected = heap();
    }
    before = cpuMs();
  }, everyMs).unref();
}
