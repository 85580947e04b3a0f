import {z} from 'zod';
import {
  judgedDiff,
  partsDiff,
  type DataFacts,
  type Judged,
  type PartsDiff,
  type ReleaseDiff,
  type ReleaseFacts,
  type RowOverlap,
  type Unread,
} from '../core/releases/release-diff.ts';
import {adapterOf} from '../core/releases/models.ts';
import {Provenance, type DatasetVersion} from '../schemas/dataset.ts';
import type {Release} from '../schemas/release.ts';
import {Split} from '../schemas/row.ts';
import {SweepRecord} from '../schemas/training.ts';
import {provenReport} from '../stores/audit/prove-report.ts';
import {trainingOf} from '../stores/registry/training-of.ts';
import type {Stores} from '../stores/stores.ts';

/** An adapter's configuration is some hundred bytes. */
const MOST_CONFIG_BYTES = 65_536;
const Mark = z.looseObject({digest: z.string(), split: Split});
type Mark = z.infer<typeof Mark>;

/** What two releases are made of. What cannot be read of one is said, and hides nothing else. */
export async function diffParts(stores: Stores, before: Release, after: Release): Promise<PartsDiff> {
  const [old, now, rows] = await Promise.all([
    factsOf(stores, before),
    factsOf(stores, after),
    orUnread(() => rowOverlap(stores, before, after)),
  ]);
  return partsDiff(old, now, rows);
}

/** Two releases of a project. Throws DigestMismatch for a report that was changed. */
export async function diffReleases(stores: Stores, before: Release, after: Release): Promise<ReleaseDiff> {
  const [parts, old, now] = await Promise.all([
    diffParts(stores, before, after),
    judgedOf(stores, before),
    judgedOf(stores, after),
  ]);
  return {
    project: after.project,
    before: before.digest,
    after: after.digest,
    ...parts,
    ...judgedDiff(old, now),
  };
}

async function judgedOf({registry, artifacts}: Stores, {project, digest}: Release): Promise<Judged> {
  const latest = (await registry.reports(project, digest)).at(-1);
  return {digest, report: latest === undefined ? null : await provenReport(artifacts, latest)};
}

async function factsOf(stores: Stores, release: Release): Promise<ReleaseFacts> {
  const [training, data] = await Promise.all([
    orUnread(() => settingsOf(stores, release)),
    orUnread(() => dataOf(stores, release)),
  ]);
  return {release, training, data};
}

async function orUnread<T>(read: () => Promise<T>): Promise<T | Unread> {
  try {
    return await read();
  } catch (error) {
    return {unread: error instanceof Error ? error.message : String(error)};
  }
}

/** As the trainer was given them; where no record of the training is left, what the adapter's own configuration says. */
async function settingsOf(stores: Stores, release: Release): Promise<Record<string, unknown> | null> {
  const adapter = adapterOf(release);
  if (adapter === null) return null;
  const result = (await trainingOf(stores, adapter.digest))?.result;
  if (result?.settings !== undefined) {
    const sweep = result.sweep ? await stores.artifacts.getJson(result.sweep, SweepRecord) : null;
    const won = sweep?.trials.find(({number}) => number === sweep.winner)?.point ?? {};
    return {...result.settings, ...won};
  }
  if (adapter.config.bytes > MOST_CONFIG_BYTES)
    throw new Error(`the adapter's configuration is of ${adapter.config.bytes} bytes`);
  return stores.artifacts.getJson(adapter.config, z.record(z.string(), z.unknown()));
}

async function dataOf(
  {registry, artifacts}: Stores,
  {project, createdFrom}: Release,
): Promise<DataFacts | null> {
  if (createdFrom === null) return null;
  const version = await registry.dataset(project, createdFrom);
  return {version, provenance: await artifacts.getJson(version.provenance, Provenance)};
}

/** Null where one comes from no dataset, or both from the same. */
async function rowOverlap(stores: Stores, before: Release, after: Release): Promise<RowOverlap | null> {
  const [old, now] = [before.createdFrom, after.createdFrom];
  if (old === null || now === null || old === now) return null;
  const {registry, artifacts} = stores;
  const marks = async (digest: string): Promise<AsyncIterator<Mark>> => {
    const {index}: DatasetVersion = await registry.dataset(after.project, digest);
    return artifacts.lines(index, Mark)[Symbol.asyncIterator]();
  };
  return merged(await marks(old), await marks(now));
}

/** Both are sorted by digest: whatever their size, one row of each is held. */
async function merged(before: AsyncIterator<Mark>, after: AsyncIterator<Mark>): Promise<RowOverlap> {
  const found = {both: 0, before: 0, after: 0, moved: 0};
  let [old, now] = await Promise.all([before.next(), after.next()]);
  while (old.done !== true || now.done !== true) {
    const first = now.done === true || (old.done !== true && old.value.digest < now.value.digest);
    if (!first && old.done !== true && now.done !== true && old.value.digest === now.value.digest) {
      found.both++;
      if (old.value.split !== now.value.split) found.moved++;
      [old, now] = await Promise.all([before.next(), after.next()]);
    } else if (first) {
      found.before++;
      old = await before.next();
    } else {
      found.after++;
      now = await after.next();
    }
  }
  return found;
}
