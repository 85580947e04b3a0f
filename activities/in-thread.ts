import {extname} from 'node:path';
import {Worker} from 'node:worker_threads';
import {RatchetError, type ErrorType} from '../schemas/errors.ts';
import type {Activity} from './context.ts';

/** What a thread is asked: a pure function by its module (a path in this package, without extension) and export. */
export interface ThreadCall {
  readonly module: string;
  readonly name: string;
  readonly args: readonly unknown[];
}
export type ThreadAnswer =
  | {readonly status: 'done'; readonly result: unknown}
  | {
      readonly status: 'failed';
      readonly type: string | null;
      readonly name: string;
      readonly message: string;
    };

/**
 * Runs a pure function in a thread of its own, for work that computes for seconds without a pause: on the event loop it
 * would hold up this process's heartbeats until Temporal gives its activities to another worker, which does the same.
 * Arguments and result are copied (structured clone): plain data, no functions. Cancelling ends the thread at once. Rejects with what
 * the function threw: a RatchetError with its type, else an Error with its name and message; and with an Error where the
 * thread itself ends, as without memory.
 * @example await inThread<typeof detectDrift>('core/drift/detect', 'detectDrift', [windows], activity)
 */
export function inThread<F extends (...args: never[]) => unknown>(
  module: string,
  name: string,
  args: Readonly<Parameters<F>>,
  {signal}: Pick<Activity, 'signal'>,
): Promise<Awaited<ReturnType<F>>> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    // The same file, as source or compiled. What computes needs no secrets of this process.
    const thread = new Worker(new URL(`./thread${extname(import.meta.filename)}`, import.meta.url), {
      workerData: {module, name, args} satisfies ThreadCall,
      env: {},
    });
    let settled = false;
    const settle = (act: () => void): void => {
      if (settled) return;
      settled = true;
      signal.removeEventListener('abort', cancel);
      void thread.terminate();
      act();
    };
    const cancel = (): void => settle(() => reject(asError(signal.reason)));
    signal.addEventListener('abort', cancel);
    thread.on('message', (answer: ThreadAnswer) =>
      settle(() => {
        if (answer.status === 'done') resolve(answer.result as Awaited<ReturnType<F>>);
        else reject(thrown(answer));
      }),
    );
    thread.on('messageerror', (error) => settle(() => reject(error)));
    thread.on('error', (error) => settle(() => reject(asError(error))));
    thread.on('exit', (code) => settle(() => reject(new Error(`the thread of ${name} ended with ${code}`))));
  });
}

function thrown({type, name, message}: Extract<ThreadAnswer, {status: 'failed'}>): Error {
  if (type !== null) return new RatchetError(type as ErrorType, message);
  return Object.assign(new Error(message), {name});
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
