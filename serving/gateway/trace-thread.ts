/** The thread behind TraceWriter: checks, serialises and stores batches of traces. */
import {parentPort, workerData} from 'node:worker_threads';
import type {Trace} from '../../schemas/trace.ts';
import {openStores} from '../../stores/stores.ts';
import type {TraceThreadData, WriteRequest, WriteResult} from './trace-writer.ts';

const {store, project} = workerData as TraceThreadData;
const stores = openStores(store);
const port = parentPort!;

port.on('message', ({number, lines}: WriteRequest) => {
  void (async () => {
    let result: WriteResult;
    try {
      const {traces} = await stores;
      await traces.append(
        project,
        lines.map((line) => JSON.parse(line) as Trace),
      );
      result = {number, error: null};
    } catch (error) {
      result = {number, error: (error as Error).message};
    }
    port.postMessage(result);
  })();
});
