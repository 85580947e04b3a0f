import {z} from 'zod';
import {ArtifactRef} from '../../schemas/artifact.ts';
import {PAGE_ITEMS} from '../../schemas/messages.ts';
import type {Artifacts} from '../../stores/objects/artifacts.ts';
import type {ActivityContext} from '../context.ts';
import type {Paged} from './batch.ts';
import {activity} from '../activity.ts';

const Page = z.strictObject({items: z.array(z.unknown()).max(PAGE_ITEMS)});

/** A list as a workflow is given it. */
export async function paged<T>(artifacts: Artifacts, items: readonly T[]): Promise<Paged<T>> {
  if (items.length <= PAGE_ITEMS) return {batches: items};
  const pages: ArtifactRef[] = [];
  for (let from = 0; from < items.length; from += PAGE_ITEMS)
    pages.push(await artifacts.putJson({items: items.slice(from, from + PAGE_ITEMS)}));
  return {batches: [], pages, count: items.length};
}

/** Keeps a page of a list: histories carry the reference. */
export const keepPage = activity(
  'cpu',
  Page,
  async (page, {stores}: Pick<ActivityContext, 'stores'>): Promise<ArtifactRef> => {
    return stores.artifacts.putJson(page);
  },
);

/** A page's items, as they were kept. */
export const readPage = activity(
  'cpu',
  z.strictObject({page: ArtifactRef}),
  async ({page}, {stores}: Pick<ActivityContext, 'stores'>): Promise<readonly unknown[]> => {
    return (await stores.artifacts.getJson(page, Page)).items;
  },
);

/** The items of a list that came itself or as pages. */
export async function unpaged<T>(
  artifacts: Artifacts,
  items: readonly T[],
  lists: readonly ArtifactRef[],
  schema: z.ZodType<T>,
): Promise<T[]> {
  const all = [...items];
  for (const list of lists) all.push(...z.array(schema).parse((await artifacts.getJson(list, Page)).items));
  return all;
}
