/** The thread behind TraceWriter: detects languages, checks, serialises and stores batches of traces. */
import {parentPort, workerData} from 'node:worker_threads';
import {openStores} from '../../stores/stores.ts';
import {withLanguage, type UnreadTrace} from './trace-language.ts';
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
        await Promise.all(lines.map((line) => withLanguage(JSON.parse(line) as UnreadTrace))),
      );
      result = {number, error: null};
    } catch (error) {
      result = {number, error: (error as Error).message};
    }
    port.postMessage(result);
  })();
});
