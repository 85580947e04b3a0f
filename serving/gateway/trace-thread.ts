/** The thread behind TraceWriter: detects languages, checks, serialises and stores batches of traces. */
import {setTimeout as delay} from 'node:timers/promises';
import {parentPort, workerData} from 'node:worker_threads';
import type {Trace} from '../../schemas/trace.ts';
import {openStores} from '../../stores/stores.ts';
import {withLanguage, type UnreadTrace} from './trace-language.ts';
import {yieldToRequests} from './thread-priority.ts';
import {linesOf} from './trace-page.ts';
import type {TraceThreadData, WriteRequest, WriteResult} from './trace-writer.ts';

const {store, project} = workerData as TraceThreadData;
const stores = openStores(store);
const port = parentPort!;
/** After so many it rests: on a gateway's one core, requests would wait for a whole batch. */
const AT_ONCE = 10;
const rest = () => delay(1);
yieldToRequests();

port.on('message', ({number, memory, used}: WriteRequest) => {
  void (async () => {
    let result: WriteResult;
    try {
      const {traces} = await stores;
      const read: Trace[] = [];
      for (const line of linesOf(memory, used)) {
        read.push(await withLanguage(JSON.parse(line) as UnreadTrace));
        if (read.length % AT_ONCE === 0) await rest();
      }
      await traces.append(project, read, rest);
      result = {number, error: null};
    } catch (error) {
      result = {number, error: (error as Error).message};
    }
    port.postMessage(result);
  })();
});
