import type {Joined} from '../../core/curation/join-rows.ts';
import {datasetDigest} from '../../core/identity/dataset-digest.ts';
import {digestOf} from '../../core/identity/digest.ts';
import type {ArtifactRef} from '../../schemas/artifact.ts';
import type {Contributions, DatasetVersion, Provenance} from '../../schemas/dataset.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {short} from '../../schemas/names.ts';
import {SPLITS, type DatasetRow, type Drop, type Row, type Split} from '../../schemas/row.ts';
import type {curate, CurateResult} from '../../schemas/stages/curate.ts';
import type {Stores} from '../../stores/stores.ts';
import {versionDigest} from '../stage/key.ts';
import type {StageCall} from '../stage/stage-activity.ts';
import {keepDataset} from './dataset-parts.ts';
import type {FormerVersion, GoldenEntry, IndexEntry} from './frozen-golden.ts';
import {FEEDBACK_SOURCE} from '../../stores/traces/feedback-records.ts';
import type {Contributors, Gathered, GatheredRow} from './gathered.ts';
import {keepLedger, ledgerKey, type Ledger} from './ledger.ts';
import {Processed} from '../../schemas/processed.ts';
import {ReusedRecord, type CurationPlan} from './plan.ts';

/** Rows in one file of a split. */
const SHARD_ROWS = 20_000;
/** A source that loses more than this share to duplicates is worth a look. */
const REMOVAL_ALERT = 0.5;

export interface WriteInput {
  readonly stores: Stores;
  readonly request: StageCall<typeof curate>;
  readonly plan: CurationPlan;
  readonly shards: readonly ArtifactRef[];
  readonly former: FormerVersion | null;
  readonly gathered: Gathered;
  /** Golden rows of the former version that no source holds as they were. */
  readonly carried: number;
  readonly contributors: Contributors;
  readonly joined: Joined<GatheredRow>;
  readonly rowOf: (row: GatheredRow) => Row;
}
interface Kept {
  readonly row: GatheredRow;
  readonly cluster: string;
  readonly split: Split;
}

/** The dataset version and its provenance into the store. Every record is kept or dropped, which is asserted. */
export async function writeDataset(input: WriteInput): Promise<CurateResult> {
  const {stores, request, plan, former, joined} = input;
  const {artifacts} = stores;
  const {project} = request;
  const kept: Kept[] = joined.placed.flatMap((place) => (place.status === 'kept' ? [place] : []));
  const drops = allDrops(input);
  const rowsIn = plan.sources.reduce((sum, source) => sum + source.rows, 0) + input.carried;
  if (kept.length + drops.length !== rowsIn)
    throw new Error(`${rowsIn} records came in, ${kept.length} were kept and ${drops.length} dropped`);
  if (kept.length === 0)
    throw new RatchetError(
      'EmptySource',
      `none of ${rowsIn} records was kept (${summary(drops)}): loosen curation, or look at the sources`,
    );

  const goldenSets = former ? [former.version.golden.sha256] : [];
  const config = digestOf(request.settings);
  const tools = versionDigest('curate');
  const digest = datasetDigest({
    rows: kept.map(({row, split}) => [row.digest, split] as const),
    golden: goldenSets,
    config,
    tools,
  });

  const index = [...kept].sort((a, b) => (a.row.digest < b.row.digest ? -1 : 1)).map(indexEntry);
  const golden = kept
    .filter(({split}) => split === 'golden')
    .map(({row, cluster}): GoldenEntry => {
      const since = former?.golden.get(row.id)?.since ?? digest;
      return {id: row.id, digest: row.digest, cluster, since};
    });
  const provenance: Provenance = {
    v: 1,
    dataset: digest,
    parents: former ? [former.version.digest] : [],
    shards: await writeShards(kept, input),
    rowsIn,
    rowsKept: kept.length,
    processed: plan.processed,
    reused: plan.reusedCount,
    drops: countBy(drops, (drop) => drop.rule),
    dropLog: (await artifacts.putLines(drops)).ref,
    sources: [...plan.sources, ...carriedSource(input)],
    scrubbed: sum(kept.map(({row}) => row.scrubbed)),
    labels: countBy(kept, ({row}) => row.label ?? ''),
    removalBySource: removal(input),
    alerts: alerts(input, kept),
    tombstones: [],
    ledger: await writeLedger(input),
    embeddings: `rows__${short(digest)}`,
    ...(plan.feedback === null ? {} : {feedback: await contributions(kept, drops, input)}),
  };
  const counts = countBy(kept, ({split}) => split);
  const version: DatasetVersion = {
    v: 1,
    project,
    digest,
    config,
    tools,
    keyFingerprint: request.keyFingerprint,
    golden: (await artifacts.putLines(golden)).ref,
    index: (await artifacts.putLines(index)).ref,
    counts: Object.fromEntries(SPLITS.map((split) => [split, counts[split] ?? 0])) as Record<Split, number>,
    provenance: await artifacts.putJson(provenance),
  };
  const manifest = await artifacts.putJson(version);
  await keepDataset(stores, version);
  await keepLedger(stores, project, ledgerKey(request), provenance.ledger);
  return {
    dataset: digest,
    manifest,
    rowsIn,
    rowsKept: kept.length,
    drops: provenance.drops,
    processed: plan.processed,
    reused: plan.reusedCount,
  };
}

const indexEntry = ({row, split}: Kept): IndexEntry => ({digest: row.digest, split, id: row.id});

/** In the order of ids: one reason for every record that is in no split. */
function allDrops({gathered, joined}: WriteInput): Drop[] {
  const drops = [...gathered.drops];
  for (const place of joined.placed) {
    if (place.status === 'kept') continue;
    const {row, rule, reason, survivor} = place;
    drops.push({id: row.id, source: row.source, record: row.record, rule, reason, survivor});
  }
  return drops.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.record < b.record ? -1 : 1));
}

async function writeShards(
  kept: readonly Kept[],
  {stores, rowOf}: WriteInput,
): Promise<Provenance['shards']> {
  const shards: Provenance['shards'] = [];
  for (const split of SPLITS) {
    const rows = kept.filter((one) => one.split === split);
    for (let from = 0; from < rows.length; from += SHARD_ROWS) {
      const part = rows.slice(from, from + SHARD_ROWS);
      const {ref, lines} = await stores.artifacts.putLines(datasetRows(part, rowOf));
      shards.push({ref, split, rows: lines});
    }
  }
  return shards;
}

function* datasetRows(
  kept: readonly Kept[],
  rowOf: WriteInput['rowOf'],
): Generator<DatasetRow, void, undefined> {
  for (const {row, cluster, split} of kept) yield {...rowOf(row), digest: row.digest, cluster, split};
}

/** The records of this version by the shard that holds them, old and new. */
async function writeLedger({stores, request, plan, shards}: WriteInput): Promise<ArtifactRef> {
  const {artifacts} = stores;
  const old = plan.reused.shards.length;
  async function* records(): AsyncGenerator<ReusedRecord, void, undefined> {
    if (plan.reused.records !== null) yield* artifacts.lines(plan.reused.records, ReusedRecord);
    for (const [i, shard] of shards.entries())
      for await (const {raw} of artifacts.lines(shard, Processed)) yield {raw, shard: old + i};
  }
  const ledger: Ledger = {
    v: 1,
    key: ledgerKey(request),
    shards: [...plan.reused.shards, ...shards],
    records: (await artifacts.putLines(records())).ref,
  };
  return artifacts.putJson(ledger);
}

function carriedSource({former, carried}: WriteInput): Provenance['sources'] {
  if (!former || carried === 0) return [];
  const {digest, golden} = former.version;
  return [{name: 'frozen-golden', uri: `dataset:${digest}`, rows: carried, digest: golden.sha256}];
}

/** Who gave how much of the rows that users said something of. */
async function contributions(
  kept: readonly Kept[],
  drops: readonly Drop[],
  {stores, request, contributors}: WriteInput,
): Promise<Contributions> {
  const keySet = await stores.gatewayKeys.read(request.project);
  const names = new Map(keySet?.keys.map(({family, name}) => [family, name]));
  const said = kept
    .filter(({row}) => row.source === FEEDBACK_SOURCE)
    .map(({row, split}) => ({split, ...(contributors.get(row.id) ?? {key: null, unit: '', reviewed: true})}));
  const golden = (all: readonly {readonly split: Split}[]) =>
    all.filter(({split}) => split === 'golden').length;
  const keys = [...Map.groupBy(said, ({key}) => key)].map(([key, all]) => ({
    key,
    name: key === null ? null : (names.get(key) ?? null),
    rows: all.length,
    golden: golden(all),
  }));
  const users = [...Map.groupBy(said, ({key, unit}) => `${key ?? ''} ${unit}`).values()];
  return {
    rows: said.length,
    reviewed: said.filter(({reviewed}) => reviewed).length,
    golden: golden(said),
    limited: drops.filter(({rule}) => rule === 'feedback_limit').length,
    keys: keys.sort((a, b) => b.rows - a.rows || ((a.key ?? '') < (b.key ?? '') ? -1 : 1)),
    users: users.length,
    mostOfOneUser: Math.max(0, ...users.map((all) => all.length)),
  };
}

/** Share of each source's rows that went as duplicates. */
function removal({joined}: WriteInput): Record<string, number> {
  const all = countBy(joined.placed, ({row}) => row.source);
  const gone = countBy(
    joined.placed.filter((place) => place.status === 'dropped' && place.rule !== 'golden_overlap'),
    ({row}) => row.source,
  );
  return Object.fromEntries(Object.entries(all).map(([source, n]) => [source, (gone[source] ?? 0) / n]));
}

function alerts(input: WriteInput, kept: readonly Kept[]): string[] {
  const {joined, carried, request} = input;
  const {max_cluster: most} = request.settings.curation.near_duplicates;
  const said: string[] = [];
  for (const [source, share] of Object.entries(removal(input)))
    if (share > REMOVAL_ALERT) said.push(`${Math.round(100 * share)} % of ${source} went as duplicates`);
  if (joined.counts.refused > 0)
    said.push(
      `a cluster of near-duplicates reached ${most} texts; ${joined.counts.refused} further edges were left out`,
    );
  if (joined.labelConflicts > 0)
    said.push(`${joined.labelConflicts} clusters of duplicates hold rows with different labels`);
  if (carried > 0)
    said.push(`${carried} golden rows are in no source any more as they were, and were taken over`);
  for (const split of ['train', 'golden'] as const)
    if (!kept.some((one) => one.split === split)) said.push(`there is no ${split} row`);
  return said;
}

/** `12 language, 3 too_short` */
function summary(drops: readonly Drop[]): string {
  const counts = Object.entries(countBy(drops, (drop) => drop.rule));
  return counts.map(([rule, n]) => `${n} ${rule}`).join(', ');
}

function countBy<T>(items: readonly T[], name: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[name(item)] = (counts[name(item)] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function sum(records: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const record of records)
    for (const [name, n] of Object.entries(record)) total[name] = (total[name] ?? 0) + n;
  return Object.fromEntries(Object.entries(total).sort(([a], [b]) => (a < b ? -1 : 1)));
}
