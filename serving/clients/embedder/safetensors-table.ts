import {ErrorType, RatchetError} from '../../../schemas/errors.ts';

const MAX_HEADER = 1 << 20;

/** Rows of half-precision numbers, widened as they are read. */
export interface EmbeddingTable {
  readonly rows: number;
  readonly dims: number;
  /** Adds a row to `sum`, in single precision. */
  addRow(row: number, sum: Float32Array): void;
}

interface TensorEntry {
  dtype?: unknown;
  shape?: unknown;
  data_offsets?: unknown;
}

/**
 * One F16 matrix of a safetensors file (8 bytes header length, JSON header, data; little-endian). Nothing is copied: the
 * table keeps the file's bytes. Throws InvalidInput, naming `where`, for anything else.
 */
export function readEmbeddingTable(file: Buffer, tensor: string, where: string): EmbeddingTable {
  const unfit = (why: string): RatchetError =>
    new RatchetError(
      ErrorType.InvalidInput,
      `${where}: ${why}: expected safetensors with "${tensor}" in F16; fetch it again`,
    );
  if (file.length < 8) throw unfit('the file is cut off');
  const headerBytes = Number(file.readBigUInt64LE(0));
  if (headerBytes > MAX_HEADER || 8 + headerBytes > file.length) throw unfit('no safetensors header');
  let entry: TensorEntry | undefined;
  try {
    entry = (JSON.parse(file.toString('utf8', 8, 8 + headerBytes)) as Record<string, TensorEntry>)[tensor];
  } catch {
    throw unfit('its header is not JSON');
  }
  const [rows, dims] = numbers(entry?.shape);
  const [from, to] = numbers(entry?.data_offsets);
  if (
    entry?.dtype !== 'F16' ||
    rows === undefined ||
    dims === undefined ||
    from === undefined ||
    to === undefined
  )
    throw unfit('no such tensor');
  const start = 8 + headerBytes + from;
  if (to - from !== rows * dims * 2 || 8 + headerBytes + to > file.length)
    throw unfit('the tensor is cut off');
  // A view on 16-bit numbers has to start at an even byte; safetensors pads its header to 8.
  const data = file.subarray(start, start + rows * dims * 2);
  const aligned = data.byteOffset % 2 === 0 ? data : Uint8Array.from(data);
  const halves = new Uint16Array(aligned.buffer, aligned.byteOffset, rows * dims);
  const widened = halfToSingle();
  return {
    rows,
    dims,
    addRow(row, sum) {
      const at = row * dims;
      for (let d = 0; d < dims; d += 1) sum[d]! += widened[halves[at + d]!]!;
    },
  };
}

/** All 65,536 half-precision numbers (IEEE 754 binary16) as single-precision ones. */
function halfToSingle(): Float32Array {
  return Float32Array.from({length: 1 << 16}, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}

function numbers(value: unknown): (number | undefined)[] {
  return Array.isArray(value) && value.length === 2 && value.every(Number.isInteger)
    ? (value as number[])
    : [];
}
