import {short} from '../schemas/names.ts';

export {cost, count, counts, duration, time} from '../core/wording/figures.ts';

/** The short form of a digest, `–` for none. */
export function digest(of: string | null | undefined): string {
  return of ? short(of) : '–';
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
