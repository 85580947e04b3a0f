import type {z} from 'zod';
import {datasetKey, releaseKey, reportFolder, reportKey, runKey} from './registry-keys.ts';
import {releaseDigest} from '../../core/identity/release-digest.ts';
import {adaptersOf} from '../../core/releases/models.ts';
import {DatasetVersion} from '../../schemas/dataset.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {Release} from '../../schemas/release.ts';
import {ReportEntry, RunRecord} from '../../schemas/run.ts';
import {uniqueDigest} from './digest-prefix.ts';
import {DamagedDocument, readDocument, swapDocument, writeDocument} from '../objects/documents.ts';
import type {ObjectStore} from '../objects/object-store.ts';

/** A release as it is listed: what it is, or what is wrong with what stands under its digest. */
export type ListedRelease =
  | {readonly digest: string; readonly release: Release; readonly amiss: null}
  | {readonly digest: string; readonly release: null; readonly amiss: string};

/** A run as it is listed: its record, or why that cannot be read. */
export type ListedRun =
  {readonly run: RunRecord; readonly amiss: null} | {readonly run: null; readonly amiss: string};

/** Documents that are read at the same time. */
const WINDOW = 16;

/** What exists: releases, dataset versions and reports (immutable, by digest) and the summaries of runs (mutable). */
export class Registry {
  readonly #store: ObjectStore;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** Idempotent: the same release twice is one. Throws DigestMismatch if its digest is not its content's. */
  async putRelease(release: Release): Promise<void> {
    const digest = releaseDigest(release);
    if (digest !== release.digest)
      throw new RatchetError(
        ErrorType.DigestMismatch,
        `release ${release.digest} hashes to ${digest}: something in it changed after it was named`,
      );
    await writeDocument(this.#store, releaseKey(release.project, digest), Release, release, {
      ifNoneMatch: '*',
    });
  }

  /**
   * By digest or unique prefix of ≥ 8 hex digits. Throws InvalidInput if there is none or several, DigestMismatch for one
   * whose content is not what its digest names.
   */
  async release(project: string, digest: string): Promise<Release> {
    const full = await uniqueDigest(this.#store, releaseKey(project), digest, 'release');
    const release = await this.#read(releaseKey(project, full), Release);
    const amiss = releaseAmiss(release, {project, digest: full});
    if (amiss === null) return release;
    const key = releaseKey(project, full);
    throw new RatchetError(ErrorType.DigestMismatch, `${key} in ${this.#store.url} ${amiss}`);
  }

  /** In the order of their digests; one that was changed, or cannot be read, with what is wrong with it, instead of its content. */
  async *releases(project: string): AsyncIterable<ListedRelease> {
    for await (const key of this.#store.list(releaseKey(project))) {
      const digest = key.slice(releaseKey(project).length, -'.json'.length);
      const listed = await this.#listedRelease(key, {project, digest});
      if (listed !== null) yield listed;
    }
  }

  /** Idempotent: the first record stays. */
  async putDataset(version: DatasetVersion): Promise<void> {
    const key = datasetKey(version.project, version.digest);
    await writeDocument(this.#store, key, DatasetVersion, version, {ifNoneMatch: '*'});
  }

  /** In place of a record whose artifacts are gone. */
  async replaceDataset(version: DatasetVersion): Promise<void> {
    await writeDocument(this.#store, datasetKey(version.project, version.digest), DatasetVersion, version);
  }

  /** By digest or unique prefix of ≥ 8 hex digits. Throws InvalidInput if there is none or several. */
  async dataset(project: string, digest: string): Promise<DatasetVersion> {
    const full = await uniqueDigest(this.#store, datasetKey(project), digest, 'dataset version');
    return this.#ownDataset(project, full, await this.#read(datasetKey(project, full), DatasetVersion));
  }

  /** Throws DigestMismatch at a record that stands under another version's digest. */
  async *datasets(project: string): AsyncIterable<DatasetVersion> {
    for await (const key of this.#store.list(datasetKey(project))) {
      const found = await readDocument(this.#store, key, DatasetVersion);
      const digest = key.slice(datasetKey(project).length, -'.json'.length);
      if (found) yield this.#ownDataset(project, digest, found.value);
    }
  }

  /** Idempotent by the report's digest; the first entry stays. */
  async putReport(entry: ReportEntry): Promise<void> {
    const key = reportKey(entry.project, entry.result.release, entry.result.report.sha256);
    await writeDocument(this.#store, key, ReportEntry, entry, {ifNoneMatch: '*'});
  }

  /**
   * All reports of a release (full digest), newest last. An entry says which there are; what a report says is in the report
   * (provenReport). Throws DigestMismatch at an entry that stands in another's place.
   */
  async reports(project: string, release: string): Promise<ReportEntry[]> {
    const entries: ReportEntry[] = [];
    for await (const entry of this.#all(reportFolder(project, release), ReportEntry)) {
      if (entry.project !== project || entry.result.release !== release)
        throw this.#misplaced(
          reportFolder(project, release),
          `a report of release ${entry.result.release} of ${entry.project}`,
        );
      entries.push(entry);
    }
    return entries.sort((a, b) => (a.at < b.at ? -1 : 1));
  }

  async run(project: string, id: string): Promise<RunRecord | null> {
    return (await readDocument(this.#store, runKey(project, id), RunRecord))?.value ?? null;
  }

  /** By id, oldest first, since an id starts with its time. */
  runs(project: string): AsyncIterable<RunRecord> {
    return this.#all(runKey(project), RunRecord);
  }

  /** The newest runs, `most` of them, newest first; of a record that cannot be read why not, instead of its content. */
  async *recentRuns(project: string, most: number): AsyncIterable<ListedRun> {
    const keys = (await Array.fromAsync(this.#store.list(runKey(project)))).slice(-most).reverse();
    for (let at = 0; at < keys.length; at += WINDOW) {
      const read = keys.slice(at, at + WINDOW).map((key) => this.#listed(key));
      for (const one of await Promise.all(read)) if (one !== null) yield one;
    }
  }

  /** Create-only: gives the record that is there now, this one or the first one's. */
  async startRun(record: RunRecord): Promise<RunRecord> {
    const key = runKey(record.project, record.id);
    await writeDocument(this.#store, key, RunRecord, record, {ifNoneMatch: '*'});
    return this.#read(key, RunRecord);
  }

  /**
   * Changes a run's summary by compare-and-swap. `change` may be called several times. Throws InvalidInput if there is no
   * such run, PointerConflict if others keep winning.
   */
  async updateRun(project: string, id: string, change: (run: RunRecord) => RunRecord): Promise<RunRecord> {
    const updated = await swapDocument(this.#store, runKey(project, id), RunRecord, (run) => {
      // Under an ID that lacks its prefix another run is kept in the same place.
      if (run === null || run.id !== id)
        throw new RatchetError(ErrorType.InvalidInput, `no run ${id} of ${project} in ${this.#store.url}`);
      return change(run);
    });
    return updated!;
  }

  /** Projects that have anything in this store. */
  async projects(): Promise<string[]> {
    const names = new Set<string>();
    for (const kind of ['releases', 'datasets', 'runs'] as const) {
      let after = '';
      for (;;) {
        const next = await first(this.#store.list(`${kind}/`, {after}));
        if (next === null) break;
        const name = next.split('/')[1]!;
        names.add(name);
        // Past everything of this project: '0' is the character behind '/'.
        after = `${kind}/${name}0`;
      }
    }
    return [...names].sort();
  }

  #ownDataset(project: string, digest: string, version: DatasetVersion): DatasetVersion {
    if (version.project === project && version.digest === digest) return version;
    throw this.#misplaced(
      datasetKey(project, digest),
      `dataset version ${version.digest} of ${version.project}`,
    );
  }

  async #listedRelease(
    key: string,
    {project, digest}: {readonly project: string; readonly digest: string},
  ): Promise<ListedRelease | null> {
    try {
      const found = await readDocument(this.#store, key, Release);
      if (found === null) return null;
      const {value: release} = found;
      const amiss = releaseAmiss(release, {project, digest});
      return amiss === null ? {digest, release, amiss} : {digest, release: null, amiss: `${key} ${amiss}`};
    } catch (error) {
      if (error instanceof DamagedDocument) return {digest, release: null, amiss: error.message};
      throw error;
    }
  }

  async #listed(key: string): Promise<ListedRun | null> {
    try {
      const found = await readDocument(this.#store, key, RunRecord);
      return found && {run: found.value, amiss: null};
    } catch (error) {
      if (error instanceof DamagedDocument) return {run: null, amiss: error.message};
      throw error;
    }
  }

  #misplaced(where: string, what: string): RatchetError {
    return new RatchetError(
      ErrorType.DigestMismatch,
      `${where} in ${this.#store.url} holds ${what}: it was changed; restore it`,
    );
  }

  async #read<T>(key: string, schema: z.ZodType<T>): Promise<T> {
    const found = await readDocument(this.#store, key, schema);
    if (found === null)
      throw new RatchetError(
        ErrorType.ArtifactMissing,
        `${key} is not in ${this.#store.url}: it was deleted`,
      );
    return found.value;
  }

  async *#all<T>(folder: string, schema: z.ZodType<T>): AsyncIterable<T> {
    for await (const key of this.#store.list(folder)) {
      const found = await readDocument(this.#store, key, schema);
      if (found) yield found.value;
    }
  }
}

async function first<T>(items: AsyncIterable<T>): Promise<T | null> {
  for await (const item of items) return item;
  return null;
}

/** Why a release is not what its digest names in its project; null if it is. */
function releaseAmiss(
  release: Release,
  {project, digest}: {readonly project: string; readonly digest: string},
): string | null {
  const got = releaseDigest(release);
  if (got !== digest || release.digest !== digest) return `hashes to ${got}: it was changed; restore it`;
  return release.project === project ? null : `is a release of ${release.project}: restore it`;
}

/** Why what a release says of its origin, which is outside its digest, is not what its adapter, which is inside, says; null if it is. */
export function originAmiss(release: Release): string | null {
  const {createdFrom} = release;
  const adapters = adaptersOf(release);
  const own = adapters.find(({dataset}) => dataset === createdFrom) ?? adapters[0];
  return own === undefined || createdFrom === own.dataset
    ? null
    : `it says that it was made from dataset ${createdFrom ?? 'none'}, its adapter ${own.dataset}: it was changed; restore it`;
}
