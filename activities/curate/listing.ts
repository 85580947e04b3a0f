import {z} from 'zod';
import {sha256Hex} from '../../core/identity/digest.ts';
import {Digest} from '../../schemas/artifact.ts';
import type {Source} from '../../schemas/project.ts';
import {readDocument, writeDocument} from '../../stores/objects/documents.ts';
import {keySegment} from '../../stores/objects/object-key.ts';
import {openPlace} from '../../stores/sources/open-place.ts';
import type {Stores} from '../../stores/stores.ts';

/** Source → what its files are called and how large they are, as one digest; null for one without files. */
const Listings = z.record(z.string(), Digest.nullable());
type Listings = z.infer<typeof Listings>;
export const LastListing = z.strictObject({v: z.literal(1), sources: Listings});

/** Files that are asked for their size at once. */
const AT_ONCE = 16;

/**
 * Looks at names and sizes alone: no file is read, and times, which differ from machine to machine, are no news. A file
 * that was rewritten to the very same size is not seen. Throws InvalidInput for a package that is not installed,
 * AccessDenied.
 */
export async function listSources(sources: readonly Source[], folder: string): Promise<Listings> {
  const listings: Listings = {};
  for (const source of sources) {
    const {name, uri} = source;
    const place = await openPlace(source, folder);
    const files = await place.files();
    const lines = [uri];
    for (let at = 0; at < files.length; at += AT_ONCE) {
      const some = files.slice(at, at + AT_ONCE);
      const sizes = await Promise.all(some.map((file) => place.size(file)));
      lines.push(...some.map((file, i) => `${file}\0${sizes[i]!}`));
    }
    listings[name] = files.length === 0 ? null : sha256Hex(lines.join('\n'));
  }
  return listings;
}

/** Keeps what the sources held when a dataset was last planned from them. */
export async function keepListings(
  {objects}: Pick<Stores, 'objects'>,
  project: string,
  sources: Listings,
): Promise<void> {
  await writeDocument(objects, keyOf(project), LastListing, {v: 1, sources});
}

/** Sources that hold something else than at the last plan; one that is empty now holds nothing new. None before any plan. */
export async function changedSources(
  {objects}: Pick<Stores, 'objects'>,
  project: string,
  sources: Listings,
): Promise<string[]> {
  const last = await readDocument(objects, keyOf(project), LastListing);
  if (last === null) return [];
  const {sources: known} = last.value;
  return Object.keys(sources).filter(
    (name) => sources[name] !== null && sources[name] !== (known[name] ?? null),
  );
}

function keyOf(project: string): string {
  return `listings/${keySegment(project)}.json`;
}
