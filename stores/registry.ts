import type {z} from 'zod';
import {datasetKey, releaseKey, reportFolder, reportKey, runKey} from './registry-keys.ts';
import {releaseDigest} from '../core/identity/release-digest.ts';
import {DatasetVersion} from '../schemas/dataset.ts';
import {ErrorType, RatchetError} from '../schemas/errors.ts';
import {Release} from '../schemas/release.ts';
import {ReportEntry, RunRecord} from '../schemas/run.ts';
import {uniqueDigest} from './digest-prefix.ts';
import {readDocument, swapDocument, writeDocument} from './documents.ts';
import type {ObjectStore} from './object-store.ts';

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

  /** By digest or unique prefix of ≥ 8 hex digits. Throws InvalidInput if there is none or several. */
  async release(project: string, digest: string): Promise<Release> {
    const full = await uniqueDigest(this.#store, releaseKey(project), digest, 'release');
    const release = await this.#read(releaseKey(project, full), Release);
    const got = releaseDigest(release);
    if (got !== full)
      throw new RatchetError(
        ErrorType.DigestMismatch,
        `${releaseKey(project, full)} in ${this.#store.url} hashes to ${got}: it was changed; restore it`,
      );
    return release;
  }

  /** In the order of their digests. */
  releases(project: string): AsyncIterable<Release> {
    return this.#all(releaseKey(project), Release);
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
    return this.#read(datasetKey(project, full), DatasetVersion);
  }

  datasets(project: string): AsyncIterable<DatasetVersion> {
    return this.#all(datasetKey(project), DatasetVersion);
  }

  /** Idempotent by the report's digest; the first entry stays. */
  async putReport(entry: ReportEntry): Promise<void> {
    const key = reportKey(entry.project, entry.result.release, entry.result.report.sha256);
    await writeDocument(this.#store, key, ReportEntry, entry, {ifNoneMatch: '*'});
  }

  /** All reports of a release (full digest), newest last. */
  async reports(project: string, release: string): Promise<ReportEntry[]> {
    const entries: ReportEntry[] = [];
    for await (const entry of this.#all(reportFolder(project, release), ReportEntry)) entries.push(entry);
    return entries.sort((a, b) => (a.at < b.at ? -1 : 1));
  }

  async run(project: string, id: string): Promise<RunRecord | null> {
    return (await readDocument(this.#store, runKey(project, id), RunRecord))?.value ?? null;
  }

  /** By id, oldest first, since an id starts with its time. */
  runs(project: string): AsyncIterable<RunRecord> {
    return this.#all(runKey(project), RunRecord);
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
      if (run === null)
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
