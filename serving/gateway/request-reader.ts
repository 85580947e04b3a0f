import {extname} from 'node:path';
import {DeadlineThreads} from '../../threads/deadline-threads.ts';
import {mayTakeLong} from './block-patterns.ts';
import {GatewayError} from './gateway-error.ts';
import {read, readCorrection, type Read, type Reading} from './reading.ts';

/**
 * Characters that are read at once, between other requests: most mails. What takes longest of all that `npm run fuzz` tries
 * takes some 20 µs a character.
 */
const AT_ONCE = 16_384;
/**
 * A reading that takes more CPU time than this is dear, in milliseconds, whatever the text's size: most mails take a tenth of
 * it. So much of it a key may have in a minute.
 */
const DEAR_MS = 5;
const DEAR_A_MINUTE_MS = 200;
const MINUTE_MS = 60_000;

const THREADS = {
  most: 2,
  patienceMs: 10_000,
  waiting: 64,
  waitingOfALane: 16,
  idleMs: 60_000,
  memoryMb: 256,
} as const;

export interface RequestReaderOptions {
  /** The project's. */
  readonly key: Uint8Array;
  /** One request may take so long. Milliseconds. */
  readonly deadlineMs: number;
}

/**
 * Reads what requests say: the input transform, and the guardrail policy's patterns. Short texts at once; long ones, those of
 * a key whose texts have turned out dear, and any under patterns that may take long, in threads that a deadline ends.
 */
export class RequestReader {
  readonly #options: RequestReaderOptions;
  readonly #threads: DeadlineThreads;
  /** By lane; of this minute. */
  #dear = new Map<string, number>();
  #minute = 0;

  constructor(options: RequestReaderOptions) {
    this.#options = options;
    this.#threads = new DeadlineThreads({
      ...THREADS,
      // The same file, as source or compiled.
      file: new URL(`./reading-thread${extname(import.meta.filename)}`, import.meta.url),
      data: options.key,
      deadlineMs: options.deadlineMs,
    });
  }

  /** `chars`: of all that is read; `lane`: whose it is. Throws GatewayError 400 or 429. */
  read(reading: Reading, chars: number, lane: string): Promise<Read> {
    return reading.patterns.some(mayTakeLong) || !this.#atOnce(chars, lane)
      ? this.#inThread(reading, lane, 'messages')
      : this.#timed(() => read(reading, this.#options.key), lane);
  }

  /** A correction as it may be kept. Throws GatewayError 400 or 429. */
  readCorrection(text: string, lane: string): Promise<string> {
    return this.#atOnce(text.length, lane)
      ? this.#timed(() => readCorrection(text, this.#options.key), lane)
      : this.#inThread(text, lane, 'correction');
  }

  /** Threads that run now. */
  get threads(): number {
    return this.#threads.threads;
  }

  close(): Promise<void> {
    return this.#threads.close();
  }

  async #timed<T>(work: () => Promise<T> | T, lane: string): Promise<T> {
    const began = cpuMs();
    const done = await work();
    const took = cpuMs() - began;
    if (took > DEAR_MS) this.#dear.set(lane, (this.#dear.get(lane) ?? 0) + took);
    return done;
  }

  #atOnce(chars: number, lane: string): boolean {
    if (chars > AT_ONCE) return false;
    const minute = Math.floor(performance.now() / MINUTE_MS);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#dear = new Map();
    }
    return (this.#dear.get(lane) ?? 0) < DEAR_A_MINUTE_MS;
  }

  async #inThread<T>(job: Reading | string, lane: string, param: 'messages' | 'correction'): Promise<T> {
    const done = await this.#threads.run<T>(job, lane);
    switch (done.status) {
      case 'done':
        return done.value;
      case 'ended':
        throw new GatewayError(
          400,
          'input_too_costly',
          done.why === 'time'
            ? `${param}: it takes longer to read than the ${this.#options.deadlineMs / 1000} s that a request has`
            : `${param}: it takes more memory to read than a request has`,
          {param},
        );
      case 'busy':
        throw new GatewayError(
          429,
          'gateway_busy',
          'as many long texts wait to be read as the gateway takes: try again shortly',
          {retryAfter: 1},
        );
    }
  }
}

/** What this thread has worked; by the clock where Node is too old to say. Milliseconds. */
function cpuMs(): number {
  if (!('threadCpuUsage' in process)) return performance.now();
  const {user, system} = process.threadCpuUsage();
  return (user + system) / 1000;
}
