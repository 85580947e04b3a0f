import {closeSync, openSync, readSync, writeSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileError} from '../../stores/objects/file-errors.ts';

/** Texts by number on this machine's disk, so that a join holds no row's text in memory. Remove it in the end. */
export class RowFile {
  readonly #folder: string;
  readonly #fd: number;
  readonly #ends: number[] = [0];
  #pending: Buffer[] = [];
  #held = 0;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#fd = openSync(path.join(folder, 'rows'), 'wx+');
  }

  static async create(): Promise<RowFile> {
    return new RowFile(await mkdtemp(path.join(tmpdir(), 'ratchet-join-')));
  }

  /** The number under which `read` gives it back. */
  add(text: string): number {
    const bytes = Buffer.from(text);
    this.#pending.push(bytes);
    this.#held += bytes.length;
    this.#ends.push(this.#ends.at(-1)! + bytes.length);
    if (this.#held > 1 << 20) this.#flush();
    return this.#ends.length - 2;
  }

  read(number: number): string {
    this.#flush();
    const from = this.#ends[number]!;
    const bytes = Buffer.alloc(this.#ends[number + 1]! - from);
    readSync(this.#fd, bytes, 0, bytes.length, from);
    return bytes.toString('utf8');
  }

  async remove(): Promise<void> {
    closeSync(this.#fd);
    await rm(this.#folder, {recursive: true, force: true});
  }

  #flush(): void {
    if (this.#held === 0) return;
    const bytes = Buffer.concat(this.#pending);
    const at = this.#ends.at(-1)! - this.#held;
    try {
      for (let done = 0; done < bytes.length;)
        done += writeSync(this.#fd, bytes, done, bytes.length - done, at + done);
    } catch (error) {
      throw fileError(error, 'writing', this.#folder);
    }
    this.#pending = [];
    this.#held = 0;
  }
}
