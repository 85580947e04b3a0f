import type {Paged} from '../activities/gauntlet/batch.ts';
import type {ArtifactRef} from '../schemas/artifact.ts';
import {PAGE_ITEMS} from '../schemas/messages.ts';

/** The items of a list one by one, each of its pages read once, when its first item is asked for. */
export function itemsOf<T>(
  {batches, pages = [], count = batches.length}: Paged<T>,
  read: (page: ArtifactRef) => Promise<readonly T[]>,
): {readonly count: number; readonly at: (index: number) => Promise<T>} {
  const known = new Map<number, Promise<readonly T[]>>();
  return {
    count,
    async at(index) {
      if (index < batches.length) return batches[index]!;
      const page = Math.floor((index - batches.length) / PAGE_ITEMS);
      if (!known.has(page)) known.set(page, read(pages[page]!));
      return (await known.get(page)!)[(index - batches.length) % PAGE_ITEMS]!;
    },
  };
}

/** What goes to an activity of a list of any length: itself while it is short, else references to its pages. */
export async function inPages<T>(
  items: readonly T[],
  keep: (page: readonly T[]) => Promise<ArtifactRef>,
): Promise<{readonly items: readonly T[]; readonly lists: readonly ArtifactRef[]}> {
  if (items.length <= PAGE_ITEMS) return {items, lists: []};
  const lists: ArtifactRef[] = [];
  for (let from = 0; from < items.length; from += PAGE_ITEMS)
    lists.push(await keep(items.slice(from, from + PAGE_ITEMS)));
  return {items: [], lists};
}
