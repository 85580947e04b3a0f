/** The thread behind TraceWriter: checks, serialises and stores batches of traces. */
import {parentPort, workerData} from 'node:worker_threads';
import type {Trace} from '../../schemas/trace.ts';
import {openStores} from '../../stores/stores.ts';
import {yieldToRequests} from './thread-priority.ts';
import {linesOf} from './trace-page.ts';
import type {TraceThreadData, WriteRequest, WriteResult} from './trace-writer.ts';

const {store, project} = workerData as TraceThreadData;
const stores = openStores(store);
const port = parentPort!;
/**
 * It sleeps after so many traces, and so takes a fifth of the core while it works. On a gateway's one core, the scheduler would
 * give it that for milliseconds at a time, in the middle of answers; a timer of Node's is too coarse.
 */
const AT_ONCE = 5;
const NAP_MS = 1;
const asleep = new Int32Array(new SharedArrayBuffer(4));
yieldToRequests();

port.on('message', ({number, memory, used}: WriteRequest) => {
  void (async () => {
    let result: WriteResult;
    try {
      const {traces} = await stores;
      await traces.append(project, tracesIn(memory, used));
      result = {number, error: null};
    } catch (error) {
      result = {number, error: (error as Error).message};
    }
    port.postMessage(result);
  })();
});

/** One by one: what is made of a trace is garbage by the next, and none of it outlives a collection. */
function* tracesIn(memory: SharedArrayBuffer, used: number): Generator<Trace, void, undefined> {
  let read = 0;
  for (const line of linesOf(memory, used)) {
    yield JSON.parse(line) as Trace;
    if (++read % AT_ONCE === 0) Atomics.wait(asleep, 0, 0, NAP_MS);
  }
}
