import {adaptersOf} from '../../core/releases/models.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {Deployment} from '../../schemas/deployment.ts';
import {ReportEntry, RunRecord} from '../../schemas/run.ts';
import {Release} from '../../schemas/release.ts';
import {Report} from '../../schemas/report.ts';
import {Artifacts, artifactKey} from '../objects/artifacts.ts';
import {readDocument} from '../objects/documents.ts';
import type {ObjectHead, ObjectStore} from '../objects/object-store.ts';

/** One object that goes. */
export interface Garbage {
  readonly key: string;
  readonly bytes: number;
  readonly why: string;
}
export interface GarbagePlan {
  readonly going: readonly Garbage[];
  /** Why what stays does, with how many objects and bytes. */
  readonly kept: Readonly<Record<KeptBy, {readonly objects: number; readonly bytes: number}>>;
  /** What is older than this may go, ISO 8601. */
  readonly before: string;
}
export type KeptBy = 'named by what is kept' | 'younger than the grace' | 'no artifact';

/** Objects that name no artifacts, and are not read: traces may be many. */
const NAME_NOTHING = ['traces/', 'feedback/', 'raw/', 'vectors/', 'vectors-built/', 'leases/', 'probe/'];
/** Kept only as far as what they are about is. */
const ABOUT = ['cache/', 'checkpoints/', 'releases/', 'datasets/', 'runs/'];
const HASH = /[0-9a-f]{64}/g;

/**
 * What nothing needs any more, in the whole store (projects share artifacts): a mark from what has to stay, over every digest
 * that is written anywhere in it, then all that is older than `before` and not marked.
 *
 * What stays: releases that are or were stable, or are canary or shadow, or that a report names; the datasets of these; all
 * reports, outcomes, policies, audit entries, and whatever else is not known here; stages' results that name one of them; what a
 * run that is running may hold, which is everything from its start on. What can go: artifacts, stages' results, checkpoints,
 * releases without a report, datasets of no release. Conservative: a digest that stands in a kept object by chance keeps, too.
 */
export async function findGarbage(store: ObjectStore, before: Date): Promise<GarbagePlan> {
  const cutoff = new Date(Math.min(before.getTime(), await oldestRunning(store)));
  const search = new GarbageSearch(store, cutoff, await needed(store));
  await search.readDocuments();
  await search.markYoung();
  await search.followMarks();
  return search.plan();
}

interface Needed {
  readonly releases: ReadonlySet<string>;
  readonly datasets: ReadonlySet<string>;
}

class GarbageSearch {
  readonly #store: ObjectStore;
  readonly #cutoff: Date;
  readonly #needed: Needed;
  readonly #marked: Set<string>;
  /** Marked, and not read yet. */
  readonly #open: string[];
  readonly #artifactKeys: string[] = [];
  readonly #artifacts = new Map<string, ObjectHead>();
  readonly #going: Garbage[] = [];
  readonly #kept: Record<KeptBy, {objects: number; bytes: number}> = {
    'named by what is kept': {objects: 0, bytes: 0},
    'younger than the grace': {objects: 0, bytes: 0},
    'no artifact': {objects: 0, bytes: 0},
  };

  constructor(store: ObjectStore, cutoff: Date, stays: Needed) {
    this.#store = store;
    this.#cutoff = cutoff;
    this.#needed = stays;
    this.#marked = new Set([...stays.releases, ...stays.datasets]);
    this.#open = [...this.#marked];
  }

  /** Everything but artifacts: what stays says which artifacts it needs. */
  async readDocuments(): Promise<void> {
    for await (const key of this.#store.list('')) {
      if (key.startsWith('artifacts/')) this.#artifactKeys.push(key);
      else await this.#readDocument(key);
    }
  }

  async #readDocument(key: string): Promise<void> {
    const head = await this.#store.head(key);
    if (head === null) return;
    const why = await this.#drops(key, head);
    if (why !== null) {
      this.#going.push({key, bytes: head.bytes, why});
      return;
    }
    this.#keep('no artifact', head);
    if (!NAME_NOTHING.some((prefix) => key.startsWith(prefix))) await this.#readThrough(key, this.#markAll);
  }

  /** An artifact that is too young to go names what it needs, too. */
  async markYoung(): Promise<void> {
    for (const key of this.#artifactKeys) {
      const head = await this.#store.head(key);
      if (head === null) continue;
      this.#artifacts.set(key, head);
      if (head.modified >= this.#cutoff) this.#mark(key.slice(-64));
    }
  }

  /** Artifacts that are named name others: a report its samples, a provenance its shards. */
  async followMarks(): Promise<void> {
    for (let hash = this.#open.pop(); hash !== undefined; hash = this.#open.pop()) {
      const key = artifactKey(hash);
      if (this.#artifacts.has(key)) await this.#readThrough(key, this.#markAll);
    }
  }

  plan(): GarbagePlan {
    for (const [key, head] of this.#artifacts) {
      if (head.modified >= this.#cutoff) this.#keep('younger than the grace', head);
      else if (this.#marked.has(key.slice(-64))) this.#keep('named by what is kept', head);
      else this.#going.push({key, bytes: head.bytes, why: 'nothing that is kept names it'});
    }
    return {going: this.#going, kept: this.#kept, before: this.#cutoff.toISOString()};
  }

  #keep(why: KeptBy, {bytes}: ObjectHead): void {
    this.#kept[why].objects++;
    this.#kept[why].bytes += bytes;
  }

  #mark(hash: string): void {
    if (this.#marked.has(hash)) return;
    this.#marked.add(hash);
    this.#open.push(hash);
  }

  readonly #markAll = (text: string): void => {
    for (const [hash] of text.matchAll(HASH)) this.#mark(hash);
  };

  /** Why a document goes; null where it stays. */
  async #drops(key: string, head: ObjectHead): Promise<string | null> {
    if (head.modified >= this.#cutoff || !ABOUT.some((prefix) => key.startsWith(prefix))) return null;
    const {releases, datasets} = this.#needed;
    const own = /([0-9a-f]{64})\.json$/.exec(key)?.[1] ?? '';
    if (key.startsWith('releases/')) return releases.has(own) ? null : 'never stable, and no report names it';
    if (key.startsWith('datasets/')) return datasets.has(own) ? null : 'of no release that is kept';
    if (key.startsWith('checkpoints/')) return 'of a training that has ended';
    // The record of a run that has ended stays, and keeps nothing.
    if (key.startsWith('runs/')) return null;
    let about = false;
    await this.#readThrough(key, (text) => {
      for (const [hash] of text.matchAll(HASH)) about ||= releases.has(hash) || datasets.has(hash);
    });
    return about ? null : 'about no release or dataset that is kept';
  }

  /** In pieces that overlap by a digest's length, so that none is cut in two. */
  async #readThrough(key: string, read: (text: string) => void): Promise<void> {
    // A run that has ended names releases and datasets that may go.
    if (key.startsWith('runs/') && (await ended(this.#store, key))) return;
    const stream = await this.#store.stream(key);
    let rest = '';
    for await (const chunk of (stream ?? []) as AsyncIterable<Buffer>) {
      const text = rest + chunk.toString('latin1');
      read(text);
      rest = text.slice(-63);
    }
  }
}

/** Deletes what a plan says, documents first, so that nothing names what is gone. Returns how many bytes. */
export async function sweep(store: ObjectStore, {going}: GarbagePlan): Promise<number> {
  const isArtifact = ({key}: Garbage): number => (key.startsWith('artifacts/') ? 1 : 0);
  let bytes = 0;
  for (const {key, bytes: size} of [...going].sort((a, b) => isArtifact(a) - isArtifact(b))) {
    await store.delete(key);
    bytes += size;
  }
  return bytes;
}

/** Runs that the store knows as running. */
export async function runningRuns(store: ObjectStore): Promise<RunRecord[]> {
  const running: RunRecord[] = [];
  for await (const key of store.list('runs/')) {
    const found = await readDocument(store, key, RunRecord);
    if (found?.value.status === 'running') running.push(found.value);
  }
  return running;
}

async function oldestRunning(store: ObjectStore): Promise<number> {
  // Clocks of two machines may differ by some minutes.
  return Math.min(
    ...(await runningRuns(store)).map(({startedAt}) => Date.parse(startedAt) - 15 * 60_000),
    Infinity,
  );
}

async function ended(store: ObjectStore, key: string): Promise<boolean> {
  return (await readDocument(store, key, RunRecord))?.value.status !== 'running';
}

/** Releases that have to stay, and the datasets behind them. */
async function needed(store: ObjectStore): Promise<Needed> {
  const releases = new Set<string>();
  const datasets = new Set<string>();
  const artifacts = new Artifacts(store);
  for await (const key of store.list('pointers/')) {
    const found = await readDocument(store, key, Deployment);
    if (!found) continue;
    const {stable, canary, shadow, former} = found.value;
    for (const one of [stable, canary?.release, shadow?.release, ...former]) if (one) releases.add(one);
  }
  for await (const key of store.list('reports/')) {
    const found = await readDocument(store, key, ReportEntry);
    if (!found) continue;
    const {release, stable, report} = found.value.result;
    releases.add(release).add(stable);
    const {dataset} = await artifacts.getJson(report, Report).catch((error: unknown) => {
      if (error instanceof RatchetError && error.type === ErrorType.ArtifactMissing) return {dataset: null};
      throw error;
    });
    if (dataset) datasets.add(dataset);
  }
  for await (const key of store.list('releases/')) {
    const found = await readDocument(store, key, Release);
    if (!found || !releases.has(found.value.digest)) continue;
    const trained = adaptersOf(found.value).map(({dataset}) => dataset);
    for (const one of [found.value.createdFrom, ...trained]) if (one) datasets.add(one);
  }
  return {releases, datasets};
}
