import {createLogUpdate} from 'log-update';
import {forTerminal} from '../output.ts';

/** Checks one thing, and says what it is checking if that takes a while. */
export type Checking = <T>(what: string, check: () => Promise<T>) => Promise<T>;

/** A command that has answered by then says nothing of its progress. */
const QUIET_MS = 1000;

/**
 * Progress of checks that follow one another, from `quietMs` after the first one on: on a terminal one line that changes and
 * is gone at the end, else one line a check.
 */
export class CheckProgress {
  readonly #stream: NodeJS.WriteStream;
  readonly #redraw: ReturnType<typeof createLogUpdate> | null;
  readonly #timer: NodeJS.Timeout;
  #what: string | null = null;
  #loud = false;

  constructor({
    stream = process.stderr,
    quietMs = QUIET_MS,
  }: {readonly stream?: NodeJS.WriteStream; readonly quietMs?: number} = {}) {
    this.#stream = stream;
    this.#redraw = stream.isTTY ? createLogUpdate(stream) : null;
    this.#timer = setTimeout(() => {
      this.#loud = true;
      this.#tell();
    }, quietMs);
    this.#timer.unref();
  }

  readonly checking: Checking = async (what, check) => {
    this.#what = what;
    this.#tell();
    try {
      return await check();
    } finally {
      this.#what = null;
    }
  };

  end(): void {
    clearTimeout(this.#timer);
    this.#loud = false;
    this.#redraw?.clear();
  }

  #tell(): void {
    if (!this.#loud || this.#what === null) return;
    const line = forTerminal(`checking ${this.#what} …`);
    if (this.#redraw === null) this.#stream.write(`${line}\n`);
    else this.#redraw(line);
  }
}
