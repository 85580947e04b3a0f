import {Worker} from 'node:worker_threads';
import {FairQueue} from './fair-queue.ts';

/** What a thread sends: `ready` once it can work, then one answer a job. */
export type FromThread =
  | {readonly ready: true}
  | {readonly number: number; readonly value: unknown}
  | {readonly number: number; readonly error: string};
export interface ToThread {
  readonly number: number;
  readonly job: unknown;
}

export type JobResult<T> =
  | {readonly status: 'done'; readonly value: T}
  /** It took longer than it may, or more memory; its thread is gone. */
  | {readonly status: 'ended'; readonly why: 'time' | 'memory'}
  /** Too many jobs wait already, or this one waited for too long. Another time it may be done. */
  | {readonly status: 'busy'};

export interface DeadlineThreadsOptions {
  /** The module that a thread runs; it answers by `answerJobs`. */
  readonly file: URL;
  readonly data: unknown;
  /** Threads at once, started when they are needed. Of two or more, one lane holds at most all but one. */
  readonly most: number;
  /** A job may take so long, counted from when a thread that is ready gets it. Milliseconds. */
  readonly deadlineMs: number;
  /** A job that no thread took for so long is given back as `busy`. Milliseconds. */
  readonly patienceMs: number;
  /** Jobs that may wait, all and of one `lane`. */
  readonly waiting: number;
  readonly waitingOfALane: number;
  /** A thread without work ends after so long: it holds memory. Milliseconds. */
  readonly idleMs: number;
  /**
   * Heap of a thread; one that needs more ends. MiB. What a job holds must be bounded, too: one built-in call that makes more than
   * 16 MiB of objects (`JSON.parse`) at the limit ends the process.
   */
  readonly memoryMb: number;
}

interface Job {
  readonly job: unknown;
  readonly lane: string;
  readonly resolve: (result: JobResult<unknown>) => void;
  readonly reject: (error: Error) => void;
}
interface Thread {
  readonly worker: Worker;
  ready: boolean;
  current: {readonly number: number; readonly job: Job; readonly began: number} | null;
  timer: NodeJS.Timeout | undefined;
}

/**
 * New objects, MiB. At a thread's limit Node grants 16 MiB more for it to end in. What survives of more new objects, where none
 * is set, would not fit: V8 then ends the whole process.
 */
const YOUNG_MB = 24;
/** A thread that says nothing for so long from its start will not: that is a fault, not a job's length. */
const START_MS = 60_000;

/**
 * Work of unknown length, in threads that are ended when a job takes longer than it may; the others and this one go on. Lanes
 * (say, clients) share the threads by time, so that none waits for all that another has sent, however long that takes.
 */
export class DeadlineThreads {
  readonly #options: DeadlineThreadsOptions;
  readonly #queue: FairQueue<Job>;
  readonly #threads = new Set<Thread>();
  #number = 0;
  #closed = false;

  constructor(options: DeadlineThreadsOptions) {
    this.#options = options;
    this.#queue = new FairQueue(options.waiting, options.waitingOfALane, {
      takenOfALane: Math.max(1, options.most - 1),
    });
  }

  /** Jobs that no thread has yet. */
  get waiting(): number {
    return this.#queue.size;
  }

  get threads(): number {
    return this.#threads.size;
  }

  /** `job` and its result are structured-cloned. Rejects with what the job threw, as an Error with its message. */
  run<T>(job: unknown, lane: string): Promise<JobResult<T>> {
    if (this.#closed) return Promise.resolve({status: 'busy'});
    const {promise, resolve, reject} = Promise.withResolvers<JobResult<T>>();
    const given: Job = {job, lane, resolve: resolve as Job['resolve'], reject};
    if (!this.#queue.add(lane, given)) return Promise.resolve({status: 'busy'});
    const patience = setTimeout(() => {
      if (this.#queue.remove(lane, given)) given.resolve({status: 'busy'});
    }, this.#options.patienceMs);
    this.#give();
    return promise.finally(() => clearTimeout(patience));
  }

  /** What is under way and what waits is `busy`. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#queue.takeAll()) job.resolve({status: 'busy'});
    await Promise.all(
      [...this.#threads].map((thread) => {
        const {current} = thread;
        this.#forget(thread);
        current?.job.resolve({status: 'busy'});
        return thread.worker.terminate();
      }),
    );
  }

  #give(): void {
    for (const thread of this.#threads) {
      if (!thread.ready || thread.current !== null) continue;
      const job = this.#queue.take();
      if (job === undefined) return;
      this.#begin(thread, job);
    }
    const coming = [...this.#threads].filter(({ready}) => !ready).length;
    for (let n = coming; n < this.#queue.takeable && this.#threads.size < this.#options.most; n++)
      this.#start();
  }

  #begin(thread: Thread, job: Job): void {
    const number = this.#number++;
    thread.current = {number, job, began: performance.now()};
    this.#limit(thread, this.#options.deadlineMs, () => {
      this.#end(thread, (late) => late.resolve({status: 'ended', why: 'time'}));
    });
    try {
      thread.worker.postMessage({number, job: job.job} satisfies ToThread);
    } catch (error) {
      // What cannot be cloned.
      this.#rest(thread);
      job.reject(error as Error);
    }
  }

  #start(): void {
    const {file, data, memoryMb} = this.#options;
    const worker = new Worker(file, {
      workerData: data,
      resourceLimits: {maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: YOUNG_MB},
    });
    worker.unref();
    const thread: Thread = {worker, ready: false, current: null, timer: undefined};
    this.#threads.add(thread);
    worker.on('message', (message: FromThread) => this.#hear(thread, message));
    worker.on('error', (error: Error & {readonly code?: string}) => {
      const memory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      this.#fell(thread, error, memory);
    });
    worker.on('exit', (code) => this.#fell(thread, new Error(`a thread ended with ${code}`), false));
    this.#limit(thread, START_MS, () => {
      this.#fell(thread, new Error(`a thread was not ready after ${START_MS / 1000} s`), false);
    });
  }

  #hear(thread: Thread, message: FromThread): void {
    if (!this.#threads.has(thread)) return;
    if ('ready' in message) {
      thread.ready = true;
      this.#rest(thread);
      return;
    }
    const {current} = thread;
    if (current?.number !== message.number) return;
    this.#rest(thread);
    if ('error' in message) current.job.reject(new Error(message.error));
    else current.job.resolve({status: 'done', value: message.value});
  }

  /** Has nothing to do: takes the next job, or ends after a while. */
  #rest(thread: Thread): void {
    this.#charge(thread);
    thread.current = null;
    this.#limit(thread, this.#options.idleMs, () => this.#end(thread, () => undefined));
    this.#give();
  }

  #limit(thread: Thread, ms: number, then: () => void): void {
    clearTimeout(thread.timer);
    thread.timer = setTimeout(then, ms);
    if (thread.current === null) thread.timer.unref();
  }

  #end(thread: Thread, tell: (job: Job) => void): void {
    const {current} = thread;
    this.#charge(thread);
    this.#forget(thread);
    void thread.worker.terminate();
    if (current !== null) tell(current.job);
    this.#give();
  }

  /** It ended by itself. One that could not start takes a waiting job along: else all would wait for ever. */
  #fell(thread: Thread, error: Error, memory: boolean): void {
    if (!this.#threads.has(thread)) return;
    const began = thread.ready;
    this.#end(thread, (job) => {
      if (memory) job.resolve({status: 'ended', why: 'memory'});
      else job.reject(error);
    });
    const taken = began ? undefined : this.#queue.take();
    if (taken === undefined) return;
    this.#queue.done(taken.lane, 0);
    taken.reject(error);
  }

  #charge({current}: Thread): void {
    if (current !== null) this.#queue.done(current.job.lane, performance.now() - current.began);
  }

  #forget(thread: Thread): void {
    clearTimeout(thread.timer);
    this.#threads.delete(thread);
  }
}
