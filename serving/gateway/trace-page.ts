/** Bytes of a page: about a thousand traces. */
export const PAGE_BYTES = 2 ** 20;

const NEWLINE = 10;
const SPACE = 32;

/**
 * JSON of traces, one a line, in memory that the garbage collector neither copies nor marks, and that another thread reads
 * where it is. As strings they would outlive a collection or two on their way to the store, and so bring on the long ones.
 */
export class TracePage {
  readonly memory: SharedArrayBuffer;
  readonly #bytes: Buffer;
  #used = 0;
  #count = 0;

  constructor(bytes = PAGE_BYTES) {
    this.memory = new SharedArrayBuffer(bytes);
    this.#bytes = Buffer.from(this.memory);
  }

  /** Traces in it. */
  get count(): number {
    return this.#count;
  }
  /** Bytes in use, from its start. */
  get used(): number {
    return this.#used;
  }

  /** False, and nothing is added, where the line, as UTF-8 and with its end, has no room. */
  add(line: string): boolean {
    const room = this.#bytes.length - this.#used - 1;
    // A code unit takes three bytes at most.
    if (line.length * 3 > room && Buffer.byteLength(line) > room) return false;
    this.#used += this.#bytes.write(line, this.#used);
    this.#bytes[this.#used++] = NEWLINE;
    this.#count++;
    return true;
  }

  /** The line that begins with `start`. */
  find(start: string): string | undefined {
    const [from, to] = this.#place(start);
    return from < 0 ? undefined : this.#bytes.toString('utf8', from, to);
  }

  /** Takes the line that begins with `start` out, if it is there. */
  blank(start: string): void {
    const [from, to] = this.#place(start);
    if (from < 0) return;
    this.#bytes.fill(SPACE, from, to);
    this.#count--;
  }

  /** To be used again. */
  clear(): void {
    this.#used = 0;
    this.#count = 0;
  }

  /** Where the line begins and ends, without its end; −1 where it is not. No JSON has an end of line inside. */
  #place(start: string): readonly [number, number] {
    const used = this.#bytes.subarray(0, this.#used);
    const first = used.toString('utf8', 0, Buffer.byteLength(start)) === start;
    const before = first ? -1 : used.indexOf(`\n${start}`);
    const from = first || before >= 0 ? before + 1 : -1;
    return [from, from < 0 ? -1 : used.indexOf(NEWLINE, from)];
  }
}

/** The lines of a page's memory up to `used` bytes, each with its end, without those that were taken out. */
export function* linesOf(memory: SharedArrayBuffer, used: number): Generator<Buffer, void, undefined> {
  const bytes = Buffer.from(memory, 0, used);
  for (let from = 0; from < used;) {
    const to = bytes.indexOf(NEWLINE, from) + 1;
    if (bytes[from] !== SPACE) yield bytes.subarray(from, to);
    from = to;
  }
}
