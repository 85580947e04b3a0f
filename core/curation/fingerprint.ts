import type {Row} from '../../schemas/row.ts';
import {contentHash} from './exact.ts';
import {bandKeys} from './lsh.ts';
import {permutations, shingles, signature, type Permutations} from './minhash.ts';
import {rowText} from './row-text.ts';
import {comparable} from './words.ts';

export interface FingerprintConfig {
  readonly shingleWords: number;
  readonly bands: number;
  readonly rows: number;
}
export interface Fingerprint {
  /** contentHash of the row's text. */
  readonly exact: string;
  /** Base64 of one float64 (little endian) a band; '' for a text without words. */
  readonly bands: string;
}

const known = new Map<number, Permutations>();

/** What duplicates of a row are found by, small enough to keep for every row. */
export function fingerprint(row: Pick<Row, 'fields' | 'messages'>, config: FingerprintConfig): Fingerprint {
  const text = rowText(row);
  const set = rowShingles(text, config);
  const count = config.bands * config.rows;
  let perms = known.get(count);
  if (!perms) known.set(count, (perms = permutations(count)));
  const keys = bandKeys(signature(set, perms), config.bands, config.rows);
  const bytes = Buffer.alloc(8 * config.bands);
  keys.forEach((key, band) => bytes.writeDoubleLE(key, 8 * band));
  return {exact: contentHash(text), bands: set.length === 0 ? '' : bytes.toString('base64')};
}

/** The shingle set of a row's text. */
export function rowShingles(
  text: string,
  {shingleWords}: Pick<FingerprintConfig, 'shingleWords'>,
): Uint32Array {
  return shingles(comparable(text), shingleWords);
}

/** The band keys of a fingerprint; null for a text without words. */
export function readBands(bands: string): Float64Array | null {
  if (bands === '') return null;
  const bytes = Buffer.from(bands, 'base64');
  return Float64Array.from({length: bytes.length / 8}, (_, band) => bytes.readDoubleLE(8 * band));
}
