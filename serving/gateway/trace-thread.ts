/** The thread behind TraceWriter: stores batches of traces. */
import {parentPort, workerData} from 'node:worker_threads';
import {openStores} from '../../stores/stores.ts';
import {yieldToRequests} from './thread-priority.ts';
import {linesOf} from './trace-page.ts';
import type {TraceThreadData, WriteRequest, WriteResult} from './trace-writer.ts';

const {store, project} = workerData as TraceThreadData;
const stores = openStores(store, {process: 'gateway'});
const port = parentPort!;
yieldToRequests();

port.on('message', ({number, memory, used}: WriteRequest) => {
  void (async () => {
    let result: WriteResult;
    try {
      const {traces} = await stores;
      await traces.appendLines(project, linesOf(memory, used));
      result = {number, error: null};
    } catch (error) {
      result = {number, error: (error as Error).message};
    }
    port.postMessage(result);
  })();
});
