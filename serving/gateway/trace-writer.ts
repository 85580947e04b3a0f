import {extname} from 'node:path';
import {Worker} from 'node:worker_threads';
import type {TracePage} from './trace-page.ts';

export interface TraceThreadData {
  readonly store: string;
  readonly project: string;
}
export interface WriteRequest {
  readonly number: number;
  /** A page's, up to `used` bytes. */
  readonly memory: SharedArrayBuffer;
  readonly used: number;
}
export interface WriteResult {
  readonly number: number;
  readonly error: string | null;
}

/** Writes traces to the store in a thread of its own: hashing and sending them is time that every request under way would wait for. */
export class TraceWriter {
  readonly #data: TraceThreadData;
  readonly #waiting = new Map<number, (error: Error | null) => void>();
  #thread: Worker | null = null;
  #number = 0;

  constructor(data: TraceThreadData) {
    this.#data = data;
  }

  /**
   * Nobody may change the page meanwhile. Resolves when its traces are in the store, as one object an hour; rejects with the
   * store's message, and then some of them may be there already.
   */
  write({memory, used}: TracePage): Promise<void> {
    const thread = (this.#thread ??= this.#start());
    const number = this.#number++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, (error) => {
        if (this.#waiting.size === 0) thread.unref();
        if (error === null) resolve();
        else reject(error);
      });
      // While something is to be written the process must not end for want of other work.
      thread.ref();
      thread.postMessage({number, memory, used} satisfies WriteRequest);
    });
  }

  async close(): Promise<void> {
    await this.#thread?.terminate();
    this.#thread = null;
  }

  #start(): Worker {
    // The same file, as source or compiled.
    const file = new URL(`./trace-thread${extname(import.meta.filename)}`, import.meta.url);
    const thread = new Worker(file, {workerData: this.#data});
    thread.on('message', ({number, error}: WriteResult) => {
      const done = this.#waiting.get(number);
      this.#waiting.delete(number);
      done?.(error === null ? null : new Error(error));
    });
    const ended = (error: Error) => {
      if (this.#thread === thread) this.#thread = null;
      const waiting = [...this.#waiting.values()];
      this.#waiting.clear();
      for (const done of waiting) done(error);
    };
    thread.on('error', ended);
    thread.on('exit', (code) => ended(new Error(`the thread that writes traces ended with ${code}`)));
    thread.unref();
    return thread;
  }
}
