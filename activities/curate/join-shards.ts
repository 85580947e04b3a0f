import {readBands, rowShingles, fingerprint} from '../../core/curation/fingerprint.ts';
import {joinRows, type Joined} from '../../core/curation/join-rows.ts';
import type {Pause} from '../../core/curation/pause.ts';
import {rowText} from '../../core/curation/row-text.ts';
import {z} from 'zod';
import {ArtifactRef} from '../../schemas/artifact.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {Drop, type Row} from '../../schemas/row.ts';
import {curate, type CurateResult, type CurateSettings} from '../../schemas/stages/curate.ts';
import type {Artifacts} from '../../stores/objects/artifacts.ts';
import type {Activity} from '../context.ts';
import {pauses} from '../pause.ts';
import {stageActivity} from '../stage/stage-activity.ts';
import {FEEDBACK_SOURCE, FeedbackRecord} from '../../stores/traces/feedback-records.ts';
import {formerVersion, withoutRows, type FormerVersion} from './frozen-golden.ts';
import type {Contributors, Gathered, GatheredRow} from './gathered.ts';
import {CurationPlan, ReusedRecord, ShardList} from './plan.ts';
import {requireKey} from './plan-curation.ts';
import {Processed} from '../../schemas/processed.ts';
import {RowFile} from './row-file.ts';
import {writeDataset} from './write-dataset.ts';

/** How many rows are gathered between two signs of life. */
const NEWS = 1000;

/**
 * All shards against one another: exact and near duplicates, what overlaps with golden rows, splits. Writes the dataset
 * version, which depends on the records and the settings alone, not on the sharding. Texts are held on disk; in memory
 * stands what names a row and 8 bytes a band.
 * Throws TooManyMalformed, EmptySource (nothing was left), WrongProjectKey.
 */
export const joinShards = stageActivity(
  curate,
  'cpu',
  {plan: ArtifactRef, shards: z.array(ArtifactRef), lists: z.array(ArtifactRef).default([])},
  async ({request, plan: planRef, shards: first, lists}, context, activity): Promise<CurateResult> => {
    requireKey(context, request.keyFingerprint);
    const {artifacts} = context.stores;
    const {settings} = request;
    const plan = await artifacts.getJson(planRef, CurationPlan);
    const shards = [...first];
    for (const list of lists) shards.push(...(await artifacts.getJson(list, ShardList)).shards);
    if (shards.length !== plan.shards.length)
      throw new RatchetError(
        'InvalidInput',
        `joinShards: ${shards.length} shards were given, the plan has ${plan.shards.length}`,
      );
    const parent =
      plan.parent === null ? null : await formerVersion(context.stores, request.project, plan.parent);
    const file = await RowFile.create();
    try {
      const contributors = await contributorsOf(plan, artifacts);
      const gathered = await gather(shards, {plan, contributors, artifacts, file}, activity);
      const former = parent && withoutRows(parent, rejectedOf(gathered));
      const carried = former ? await carryGolden(former, gathered, settings, file) : 0;
      refuseMalformed(gathered, plan, settings);
      activity.progress({
        done: gathered.rows.length,
        total: gathered.rows.length,
        unit: 'rows',
        note: 'finds duplicates',
      });
      const joined = await join(gathered, {former, settings, contributors}, file, pauses(activity));
      activity.signal.throwIfAborted();
      activity.progress({
        done: gathered.rows.length,
        total: gathered.rows.length,
        unit: 'rows',
        note: 'writes the dataset',
      });
      return await writeDataset({
        stores: context.stores,
        request,
        plan,
        shards,
        former,
        gathered,
        carried,
        contributors,
        joined,
        rowOf: (row) => JSON.parse(file.read(row.number)) as Row,
      });
    } finally {
      await file.remove();
    }
  },
);

async function gather(
  shards: readonly ArtifactRef[],
  {
    plan,
    contributors,
    artifacts,
    file,
  }: {plan: CurationPlan; contributors: Contributors; artifacts: Artifacts; file: RowFile},
  activity: Activity,
): Promise<Gathered> {
  const gathered: Gathered = {rows: [], drops: []};
  for await (const drop of artifacts.lines(plan.drops, Drop)) gathered.drops.push(drop);
  const take = (line: Processed): void => {
    if (line.status === 'drop') {
      gathered.drops.push(line.drop);
      return;
    }
    const {row, digest, exact, bands, record, scrubbed, time} = line;
    const {id, source, label, group} = row;
    const number = file.add(JSON.stringify(row));
    const keys = readBands(bands);
    const rank = source !== FEEDBACK_SOURCE ? 0 : isReviewed(id, contributors) ? 1 : 2;
    gathered.rows.push({
      id,
      source,
      label,
      group,
      time,
      digest,
      exact,
      number,
      record,
      scrubbed,
      bands: keys,
      rank,
    });
    if (gathered.rows.length % NEWS === 0) {
      activity.signal.throwIfAborted();
      activity.progress({done: gathered.rows.length, total: plan.processed + plan.reusedCount, unit: 'rows'});
    }
  };
  for (const shard of shards) for await (const line of artifacts.lines(shard, Processed)) take(line);
  if (plan.reused.records !== null) {
    const shardOf = new Map<string, number>();
    for await (const {raw, shard} of artifacts.lines(plan.reused.records, ReusedRecord))
      shardOf.set(raw, shard);
    const needed = new Set(shardOf.values());
    for (const [i, shard] of plan.reused.shards.entries()) {
      if (!needed.has(i)) continue;
      for await (const line of artifacts.lines(shard, Processed)) if (shardOf.get(line.raw) === i) take(line);
    }
  }
  const expected = plan.processed + plan.reusedCount + plan.dropped;
  const got = gathered.rows.length + gathered.drops.length;
  if (got !== expected) throw new Error(`${expected} records were planned, ${got} came back`);
  return gathered;
}

function rejectedOf({drops}: Gathered): ReadonlySet<string> {
  return new Set(drops.filter(({rule}) => rule === 'feedback_rejected').map(({id}) => id));
}

/** Golden rows that no source holds any more as they were stay golden, unless a person rejected them. Gives how many there are. */
async function carryGolden(
  former: FormerVersion,
  gathered: Gathered,
  {curation}: CurateSettings,
  file: RowFile,
): Promise<number> {
  const present = new Set<string>();
  for (const {id, digest} of gathered.rows) if (former.golden.get(id)?.digest === digest) present.add(id);
  const {shingle_words: shingleWords, bands, rows} = curation.near_duplicates;
  let carried = 0;
  for await (const {digest, cluster: _cluster, split: _split, ...row} of former.goldenRows()) {
    if (present.has(row.id)) continue;
    const print = fingerprint(row, {shingleWords, bands, rows});
    const {id, source, label, group} = row;
    const number = file.add(JSON.stringify(row));
    const record = `golden set of ${former.version.digest.slice(0, 12)}`;
    gathered.rows.push({
      id,
      source,
      label,
      digest,
      number,
      record,
      scrubbed: {},
      group,
      exact: print.exact,
      bands: readBands(print.bands),
    });
    carried++;
  }
  return carried;
}

function refuseMalformed({drops}: Gathered, plan: CurationPlan, {curation}: CurateSettings): void {
  const rows = plan.sources.reduce((sum, source) => sum + source.rows, 0);
  const malformed = drops.filter((drop) => drop.rule === 'malformed');
  if (malformed.length <= curation.malformed_share * rows) return;
  const {id, record, reason} = malformed[0]!;
  throw new RatchetError(
    'TooManyMalformed',
    `${malformed.length} of ${rows} records are malformed, more than curation.malformed_share (${curation.malformed_share}) allows; the first: ${id} (${record}): ${reason}`,
  );
}

async function contributorsOf({feedback}: CurationPlan, artifacts: Artifacts): Promise<Contributors> {
  const found = new Map<string, Pick<FeedbackRecord, 'key' | 'unit' | 'reviewed'>>();
  if (feedback !== null)
    for await (const {id, key, unit, reviewed} of artifacts.lines(feedback, FeedbackRecord))
      found.set(`${FEEDBACK_SOURCE}/${id}`, {key, unit, reviewed});
  return found;
}

function isReviewed(id: string, contributors: Contributors): boolean {
  return contributors.get(id)?.reviewed === true;
}

function join(
  gathered: Gathered,
  {
    former,
    settings: {curation, golden},
    contributors,
  }: {former: FormerVersion | null; settings: CurateSettings; contributors: Contributors},
  file: RowFile,
  pause: Pause,
): Promise<Joined<GatheredRow>> {
  const {near_duplicates: near, decontaminate, split} = curation;
  const text = (row: GatheredRow): string => rowText(JSON.parse(file.read(row.number)) as Row);
  return joinRows<GatheredRow>({
    rows: gathered.rows,
    bandKey: (row, band) => row.bands?.[band] ?? null,
    shingles: (row) => rowShingles(text(row), {shingleWords: near.shingle_words}),
    text,
    former: former?.places ?? new Map(),
    golden: former?.golden ?? new Map(),
    bands: near.bands,
    jaccard: near.jaccard,
    maxCluster: near.max_cluster,
    ngramWords: decontaminate.ngram_words,
    overlap: decontaminate.overlap,
    split,
    pause,
    // What users said of new traffic: judged apart from the old golden rows, so it needs golden rows of its own. Others are
    // measured by none of it that no person has seen, also where its row said something else that one saw: it is learned from,
    // and nothing else.
    splitFor: ({source, id}) => {
      if (source !== FEEDBACK_SOURCE) return split;
      if (!isReviewed(id, contributors)) return 'train';
      return {...split, golden, traffic: 0};
    },
  });
}
