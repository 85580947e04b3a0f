import {randomBytes} from 'node:crypto';
import {closeSync, existsSync, fdatasync, openSync, writeSync} from 'node:fs';
import {mkdir, readFile, readdir, rename, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {z} from 'zod';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {Feedback, Trace} from '../../schemas/trace.ts';

const Entry = z.strictObject({
  feedback: Feedback,
  /** What the feedback is on, where the store did not have it yet. */
  trace: Trace.nullable(),
});
export type FeedbackEntry = z.infer<typeof Entry>;

const SEGMENT = /^(\d+)-([0-9a-f]{8})\.jsonl$/;
const sync = promisify(fdatasync);

interface Segment {
  readonly file: string;
  readonly descriptor: number;
  entries: number;
  waiting: {readonly line: string; readonly done: (error?: Error) => void}[];
  writing: Promise<void> | null;
}

/**
 * Feedback that was acknowledged is on this disk: a line is written and synced before its promise resolves (those that come
 * together share one sync). Segments go to the store as a whole and are deleted once they are there; those that a killed
 * process left are found at the next start. A segment is always written to the store as the same batch, so one that got
 * there and was not deleted makes no second copy.
 */
export class FeedbackJournal {
  readonly #folder: string;
  readonly #write: (entries: readonly FeedbackEntry[]) => Promise<void>;
  readonly #warn: (message: string) => void;
  #segment: Segment | null = null;
  /** Closed segments that are not in the store yet. */
  readonly #closed: string[];
  #flushing: Promise<void> | null = null;

  private constructor(
    folder: string,
    closed: string[],
    write: (entries: readonly FeedbackEntry[]) => Promise<void>,
    warn: (message: string) => void,
  ) {
    this.#warn = warn;
    this.#folder = folder;
    this.#closed = closed;
    this.#write = write;
  }

  /** Takes over the segments of processes that are gone. */
  static async open(
    folder: string,
    write: (entries: readonly FeedbackEntry[]) => Promise<void>,
    warn: (message: string) => void = () => undefined,
  ): Promise<FeedbackJournal> {
    try {
      await mkdir(folder, {recursive: true, mode: 0o700});
    } catch (cause) {
      throw new RatchetError(
        ErrorType.InvalidInput,
        `the feedback journal cannot be kept in ${folder}: ${(cause as Error).message}; name another folder with --state`,
        {cause},
      );
    }
    const left = (await readdir(folder)).filter((name) => {
      const pid = Number(SEGMENT.exec(name)?.[1]);
      return pid > 0 && (pid === process.pid || !isAlive(pid));
    });
    return new FeedbackJournal(
      folder,
      left.sort().map((name) => join(folder, name)),
      write,
      warn,
    );
  }

  /** Segments that wait for the store, the open one included. */
  get waiting(): number {
    return this.#closed.length + (this.#segment === null ? 0 : 1);
  }

  /** Resolves when the entry is on the disk. Throws DiskFull or Unavailable if it is not. */
  async add(entry: FeedbackEntry): Promise<void> {
    const segment = (this.#segment ??= this.#open());
    const written = new Promise<void>((resolve, reject) =>
      segment.waiting.push({
        line: `${JSON.stringify(entry)}\n`,
        done: (error) => (error === undefined ? resolve() : reject(error)),
      }),
    );
    segment.entries++;
    segment.writing ??= this.#drain(segment);
    await written;
  }

  /** Brings what is there to the store; what it does not take stays. Throws the store's error. */
  flush(): Promise<void> {
    this.#flushing ??= this.#flushOnce().finally(() => (this.#flushing = null));
    return this.#flushing;
  }

  #open(): Segment {
    const file = join(this.#folder, `${process.pid}-${randomBytes(4).toString('hex')}.jsonl`);
    return {file, descriptor: openSync(file, 'ax', 0o600), entries: 0, waiting: [], writing: null};
  }

  async #drain(segment: Segment): Promise<void> {
    // One turn later, so that lines of the same moment share a sync.
    await Promise.resolve();
    while (segment.waiting.length > 0) {
      const batch = segment.waiting.splice(0);
      let failure: Error | undefined;
      try {
        writeSync(segment.descriptor, batch.map(({line}) => line).join(''));
        await sync(segment.descriptor);
      } catch (cause) {
        const full = (cause as NodeJS.ErrnoException).code === 'ENOSPC';
        failure = new RatchetError(
          full ? ErrorType.DiskFull : ErrorType.Unavailable,
          `${segment.file} cannot be written: ${(cause as Error).message}`,
          {cause},
        );
      }
      for (const {done} of batch) done(failure);
    }
    segment.writing = null;
  }

  async #flushOnce(): Promise<void> {
    const segment = this.#segment;
    if (segment !== null && segment.entries > 0) {
      this.#segment = null;
      await segment.writing;
      closeSync(segment.descriptor);
      this.#closed.push(segment.file);
    }
    while (this.#closed.length > 0) {
      const file = this.#closed[0]!;
      if (existsSync(file)) {
        const {entries, unreadable} = readEntries(await readFile(file, 'utf8'));
        if (entries.length > 0) await this.#write(entries);
        if (unreadable === 0) await rm(file, {force: true});
        else {
          // Acknowledged, and nothing that this version can read: kept for a person, and never read again.
          await rename(file, `${file}.unreadable`);
          this.#warn(
            `${unreadable} of the feedbacks in ${file} cannot be read: they stay in ${file}.unreadable`,
          );
        }
      }
      this.#closed.shift();
    }
  }
}

/** The entries of a segment. A last line that a crash cut off was never acknowledged: it has no line end. */
function readEntries(text: string): {entries: FeedbackEntry[]; unreadable: number} {
  const entries: FeedbackEntry[] = [];
  let unreadable = 0;
  for (const line of text.split('\n').slice(0, -1)) {
    try {
      entries.push(Entry.parse(JSON.parse(line)));
    } catch {
      unreadable++;
    }
  }
  return {entries, unreadable};
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
