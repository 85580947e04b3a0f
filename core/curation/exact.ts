import {createHash} from 'node:crypto';
import {comparable} from './words.ts';

/**
 * 128-bit hash (of sha256) of what a text says, 32 hex digits: equal for texts that differ in case, white space, and in
 * whom a pseudonym stands for. `text` is normalised already.
 */
export function contentHash(text: string): string {
  const spoken = comparable(text).replace(/\s+/g, ' ').trim();
  return createHash('sha256').update(spoken).digest('hex').slice(0, 32);
}
