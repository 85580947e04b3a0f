import {extname} from 'node:path';
import {parentPort, workerData} from 'node:worker_threads';
import {RatchetError} from '../schemas/errors.ts';
import type {ThreadAnswer, ThreadCall} from './in-thread.ts';

/** The thread of inThread: computes one answer, and is ended by who asked. */
const {module, name, args} = workerData as ThreadCall;
// Beside this folder: the same layout as source and compiled.
const file = new URL(`../${module}${extname(import.meta.filename)}`, import.meta.url);
let answer: ThreadAnswer;
try {
  const {[name]: work} = (await import(file.href)) as Record<string, (...args: unknown[]) => unknown>;
  if (typeof work !== 'function') throw new TypeError(`${module} exports no function ${name}`);
  answer = {status: 'done', result: await work(...args)};
} catch (error) {
  answer = {
    status: 'failed',
    type: error instanceof RatchetError ? error.type : null,
    name: error instanceof Error ? error.name : 'Error',
    message: error instanceof Error ? error.message : String(error),
  };
}
parentPort!.postMessage(answer);
