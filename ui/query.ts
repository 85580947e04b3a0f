import {ErrorType, RatchetError} from '../schemas/errors.ts';

/** What an address says, read strictly: InvalidInput names what was expected. */

/** A whole digest, or the beginning of one. */
export function digestIn(text: string): string {
  if (/^[0-9a-f]{8,64}$/.test(text)) return text;
  throw unfit(`"${text}" is no digest: expected 8 to 64 lower-case hex digits`);
}

/** A run's ID from its last part. */
export function runIn(project: string, text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(text)) return `lifecycle/${project}/${text}`;
  throw unfit(`"${text}" is no run: expected the last part of its ID, such as 20021203T114636Z-k3f9qa`);
}

/** One of the sizes of a list; the first where none is asked for. */
export function sizeIn(query: URLSearchParams, sizes: readonly [number, ...number[]]): number {
  const text = query.get('show');
  if (text === null) return sizes[0];
  const size = sizes.find((one) => String(one) === text);
  if (size === undefined) throw unfit(`show=${text}: expected ${sizes.join(', ')}`);
  return size;
}

/** A whole number, as it stands behind `before=`; null where it is missing. */
export function beforeIn(query: URLSearchParams): number | null {
  const text = query.get('before');
  if (text === null) return null;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw unfit(`before=${text}: expected a whole number`);
}

function unfit(message: string): RatchetError {
  return new RatchetError(ErrorType.InvalidInput, message);
}
