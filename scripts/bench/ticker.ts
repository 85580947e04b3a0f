/** The thread behind `ticks`: sleeps until the next tick is due, then says how many have been due so far. */
import {parentPort, workerData} from 'node:worker_threads';
import {monotonicMs, type Ticks} from './ticks.ts';

const {began, everyMs, count} = workerData as Ticks;
const asleep = new Int32Array(new SharedArrayBuffer(4));
for (let due = 0; due < count;) {
  const early = began + due * everyMs - monotonicMs();
  if (early > 0) {
    Atomics.wait(asleep, 0, 0, early);
    continue;
  }
  due = Math.min(count, Math.floor(-early / everyMs) + due + 1);
  parentPort!.postMessage(due);
}
