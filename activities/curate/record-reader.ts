import {extname} from 'node:path';
import {
  RecordWorker,
  type RawRecord,
  type RecordPlace,
  type RecordSettings,
} from '../../core/curation/record-worker.ts';
import {DeadlineThreads} from '../../threads/deadline-threads.ts';
import type {Processed} from '../../schemas/processed.ts';
import type {RecordJob, RecordThreadData} from './record-thread.ts';

/** Characters or bytes that are worked on at once: it takes a second at the very worst. */
const AT_ONCE = 65_536;
/**
 * A larger record may take so long, in a thread. All that is done with a text takes time in proportion to its length, so this
 * is far beyond what the largest of real mails take; which records are left out must not depend on the machine.
 */
const RECORD_MS = 120_000;
const MEMORY_MB = 1024;
/** Values within values. A tool call's arguments are far from it; what works on deeper ones would run out of stack. */
const MAX_DEPTH = 256;

export interface RecordReaderOptions {
  readonly settings: RecordSettings;
  /** Names of the sources that say where their labels are. */
  readonly labelled: ReadonlySet<string>;
  readonly rowKey: Uint8Array;
  /** For one record. Milliseconds. */
  readonly deadlineMs?: number;
}

/**
 * Records through the input transform and the rules; a record that takes too long is dropped, and the others go on. Tried
 * again, it would take as long again.
 */
export class RecordReader {
  readonly #worker: RecordWorker;
  readonly #threads: DeadlineThreads;
  readonly #deadlineMs: number;

  constructor({settings, labelled, rowKey, deadlineMs = RECORD_MS}: RecordReaderOptions) {
    this.#worker = new RecordWorker(settings, labelled, rowKey);
    this.#deadlineMs = deadlineMs;
    this.#threads = new DeadlineThreads({
      // The same file, as source or compiled.
      file: new URL(`./record-thread${extname(import.meta.filename)}`, import.meta.url),
      data: {settings, labelled, rowKey} satisfies RecordThreadData,
      most: 1,
      deadlineMs,
      patienceMs: 2 ** 31 - 1,
      waiting: 1,
      waitingOfALane: 1,
      idleMs: 60_000,
      memoryMb: MEMORY_MB,
    });
  }

  /** One at a time. */
  async process(
    planned: RawRecord,
    content: unknown,
    label: string | undefined,
    place: RecordPlace = {},
  ): Promise<Processed> {
    const size = sizeOf(content);
    if (size === Infinity) return drop(planned, 'malformed', `its values nest deeper than ${MAX_DEPTH}`);
    if (size + (label?.length ?? 0) <= AT_ONCE) return this.#worker.process(planned, content, label, place);
    const job: RecordJob = {planned, content, label, place};
    const done = await this.#threads.run<Processed>(job, '');
    if (done.status === 'done') return done.value;
    if (done.status === 'busy') throw new Error('the reader of records was closed');
    const reason =
      done.why === 'time'
        ? `it takes longer to read than the ${this.#deadlineMs / 1000} s that a record has`
        : `it takes more memory to read than the ${MEMORY_MB} MiB that a record has`;
    return drop(planned, 'too_costly', reason);
  }

  close(): Promise<void> {
    return this.#threads.close();
  }
}

function drop({raw, source, id, file, line}: RawRecord, rule: string, reason: string): Processed {
  const record = `${file}:${line}`;
  return {status: 'drop', raw, drop: {id: `${source}/${id}`, source, record, rule, reason}};
}

/** Characters of all texts, and bytes; Infinity where values nest too deep. */
function sizeOf(content: unknown, depth = 0): number {
  if (depth > MAX_DEPTH) return Infinity;
  if (typeof content === 'string' || content instanceof Uint8Array) return content.length;
  if (typeof content !== 'object' || content === null) return 1;
  return Object.values(content).reduce((sum: number, value) => sum + sizeOf(value, depth + 1), 1);
}
