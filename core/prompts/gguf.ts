/** A metadata value: 64-bit integers come as numbers where they are safe, else as bigint. */
export type GgufValue = string | number | bigint | boolean | GgufValue[];
export type GgufMetadata = Readonly<Record<string, GgufValue>>;
export type GgufRead =
  | {readonly status: 'whole'; readonly metadata: GgufMetadata; readonly bytes: number}
  | {readonly status: 'short'}
  | {readonly status: 'unreadable'; readonly reason: string};

const MAGIC = 0x46554747; // "GGUF", little endian
/** More than this cannot be metadata: a damaged count would otherwise ask for the whole file. */
const MAX_ITEMS = 50_000_000;

/**
 * Key-value metadata at the start of a GGUF file (versions 2 and 3, little endian), from its first bytes. `short`: the
 * metadata goes on behind `prefix`; give a longer one. Layout: ggml's docs/gguf.md.
 */
export function readGgufMetadata(prefix: Uint8Array): GgufRead {
  try {
    return readAll(new Reader(prefix));
  } catch (error) {
    if (error instanceof ShortRead) return {status: 'short'};
    if (error instanceof Unreadable) return {status: 'unreadable', reason: error.message};
    throw error;
  }
}

class ShortRead extends Error {}
class Unreadable extends Error {}

function readAll(reader: Reader): GgufRead {
  if (reader.u32() !== MAGIC) throw new Unreadable('it does not start with "GGUF"');
  const version = reader.u32();
  if (version !== 2 && version !== 3) throw new Unreadable(`GGUF version ${version}, expected 2 or 3`);
  reader.count(); // tensors
  const pairs = reader.count();
  const metadata: Record<string, GgufValue> = {};
  for (let i = 0; i < pairs; i++) {
    const key = reader.text();
    metadata[key] = reader.value(reader.u32());
  }
  return {status: 'whole', metadata, bytes: reader.at};
}

/** Type numbers of gguf_metadata_value_type. */
const ARRAY = 9;

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #utf8 = new TextDecoder();
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Offset of the next `length` bytes, which are there. */
  #take(length: number): number {
    const from = this.at;
    if (from + length > this.#bytes.length) throw new ShortRead();
    this.at = from + length;
    return from;
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  count(): number {
    const count = this.#view.getBigUint64(this.#take(8), true);
    if (count > MAX_ITEMS) throw new Unreadable(`a count of ${count} at byte ${this.at - 8}`);
    return Number(count);
  }

  text(): string {
    const length = this.count();
    const from = this.#take(length);
    return this.#utf8.decode(this.#bytes.subarray(from, from + length));
  }

  value(type: number, depth = 0): GgufValue {
    const view = this.#view;
    switch (type) {
      case 0:
        return view.getUint8(this.#take(1));
      case 1:
        return view.getInt8(this.#take(1));
      case 2:
        return view.getUint16(this.#take(2), true);
      case 3:
        return view.getInt16(this.#take(2), true);
      case 4:
        return view.getUint32(this.#take(4), true);
      case 5:
        return view.getInt32(this.#take(4), true);
      case 6:
        return view.getFloat32(this.#take(4), true);
      case 7:
        return view.getUint8(this.#take(1)) !== 0;
      case 8:
        return this.text();
      case ARRAY: {
        if (depth > 4) throw new Unreadable('arrays nested deeper than four');
        const itemType = this.u32();
        const length = this.count();
        const items: GgufValue[] = [];
        for (let i = 0; i < length; i++) items.push(this.value(itemType, depth + 1));
        return items;
      }
      case 10:
        return safe(view.getBigUint64(this.#take(8), true));
      case 11:
        return safe(view.getBigInt64(this.#take(8), true));
      case 12:
        return view.getFloat64(this.#take(8), true);
      default:
        throw new Unreadable(`value type ${type} at byte ${this.at - 4}`);
    }
  }
}

function safe(value: bigint): number | bigint {
  return value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER ? Number(value) : value;
}
