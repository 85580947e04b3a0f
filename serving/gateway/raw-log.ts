import {createCipheriv, createDecipheriv, hkdfSync, randomBytes} from 'node:crypto';
import {traceSecond} from '../../core/identity/trace-id.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {keySegment} from '../../stores/objects/object-key.ts';
import type {ObjectStore} from '../../stores/objects/object-store.ts';

/** What was asked and answered, as it was: personal data included. */
export interface RawExchange {
  /** The trace's id. */
  readonly id: string;
  readonly messages: readonly unknown[];
  readonly output: string;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

export interface RawLogOptions {
  readonly objects: ObjectStore;
  readonly project: string;
  /** The project's key; the log is read with a key derived from it. */
  readonly key: Uint8Array;
  readonly lifetimeMs: number;
  /** Exchanges kept in memory while the store is away, and their bytes; the oldest go first. */
  readonly limit: number;
  readonly limitBytes: number;
}

interface Pending {
  readonly id: string;
  /** Its JSON, with the end of the line. */
  readonly line: Buffer;
}

/**
 * Raw requests and answers, kept only where the project asks for it (`traces.raw`): AES-256-GCM under a key derived from the
 * project's by HKDF-SHA256 (RFC 5869), in objects `raw/PROJECT/2002/12/03/11/RANDOM.bin` by hour, deleted when their
 * lifetime is over. Layout: 12 bytes nonce, 16 bytes tag, ciphertext of JSON lines; the object's key is authenticated too,
 * so an object moved elsewhere is not read.
 */
export class RawLog {
  readonly #options: RawLogOptions;
  readonly #key: Buffer;
  #pending: Pending[] = [];
  #bytes = 0;
  #flushing: Promise<void> | null = null;

  constructor(options: RawLogOptions) {
    this.#options = options;
    this.#key = rawKey(options.key);
  }

  add(exchange: RawExchange): void {
    this.#keep([{id: exchange.id, line: Buffer.from(`${JSON.stringify(exchange)}\n`)}]);
  }

  /**
   * Writes what is there, an object an hour. One at a time: whoever calls meanwhile waits for the same. Throws the store's error;
   * what was not written stays.
   */
  flush(): Promise<void> {
    this.#flushing ??= this.#flushOnce().finally(() => (this.#flushing = null));
    return this.#flushing;
  }

  async #flushOnce(): Promise<void> {
    const {objects, project} = this.#options;
    const hours = Map.groupBy(this.#take(), ({id}) => hourFolder(project, traceSecond(id) * 1000));
    try {
      for (const [hour, exchanges] of hours) {
        const objectKey = `${hour}${randomBytes(8).toString('hex')}.bin`;
        await objects.put(
          objectKey,
          sealed(this.#key, objectKey, Buffer.concat(exchanges.map(({line}) => line))),
        );
        hours.delete(hour);
      }
    } catch (error) {
      this.#keep([...[...hours.values()].flat(), ...this.#take()]);
      throw error;
    }
  }

  #take(): Pending[] {
    const pending = this.#pending;
    this.#pending = [];
    this.#bytes = 0;
    return pending;
  }

  /** As the newest; the oldest go where they are too many or too large. */
  #keep(exchanges: readonly Pending[]): void {
    const {limit, limitBytes} = this.#options;
    for (const exchange of exchanges) {
      this.#pending.push(exchange);
      this.#bytes += exchange.line.length;
    }
    while (this.#pending.length > limit || this.#bytes > limitBytes)
      this.#bytes -= this.#pending.shift()!.line.length;
  }

  /** Deletes objects whose whole hour is older than the lifetime; gives how many. `now` in milliseconds. */
  async sweep(now: number = Date.now()): Promise<number> {
    const {objects, project, lifetimeMs} = this.#options;
    const oldest = hourFolder(project, Math.max(0, now - lifetimeMs));
    let deleted = 0;
    for await (const objectKey of objects.list(`raw/${keySegment(project)}/`)) {
      // Keys are in the order of time.
      if (objectKey >= oldest) break;
      await objects.delete(objectKey);
      deleted++;
    }
    return deleted;
  }
}

/** A raw exchange by its trace's id; null if it was never kept or its lifetime is over. Throws DigestMismatch for another key. */
export async function readRaw(
  objects: ObjectStore,
  project: string,
  key: Uint8Array,
  id: string,
): Promise<RawExchange | null> {
  const derived = rawKey(key);
  for await (const objectKey of objects.list(hourFolder(project, traceSecond(id) * 1000))) {
    const found = await objects.get(objectKey);
    if (found === null) continue;
    for (const line of opened(derived, objectKey, found.bytes).toString().split('\n')) {
      const exchange = line === '' ? null : (JSON.parse(line) as RawExchange);
      if (exchange?.id === id) return exchange;
    }
  }
  return null;
}

function rawKey(key: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', 'ratchet raw traces', 32));
}

function hourFolder(project: string, time: number): string {
  return `raw/${keySegment(project)}/${new Date(time).toISOString().slice(0, 13).replaceAll(/[-T]/g, '/')}/`;
}

function sealed(key: Buffer, objectKey: string, text: Buffer): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(objectKey));
  const body = Buffer.concat([cipher.update(text), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]);
}

function opened(key: Buffer, objectKey: string, bytes: Uint8Array): Buffer {
  const raw = Buffer.from(bytes);
  const decipher = createDecipheriv('aes-256-gcm', key, raw.subarray(0, IV_BYTES))
    .setAAD(Buffer.from(objectKey))
    .setAuthTag(raw.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(raw.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
  } catch (cause) {
    throw new RatchetError(
      ErrorType.DigestMismatch,
      `${objectKey} does not open with this project's key: it was changed, or written with another key`,
      {cause},
    );
  }
}
