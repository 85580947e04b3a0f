import {createHash} from 'node:crypto';
import {z} from 'zod';
import {sha256Hex} from '../../core/identity/digest.ts';
import {keyFingerprint} from '../../core/identity/row-digest.ts';
import type {ArtifactRef} from '../../schemas/artifact.ts';
import {RatchetError} from '../../schemas/errors.ts';
import type {ProjectConfig, Source} from '../../schemas/project.ts';
import type {Drop} from '../../schemas/row.ts';
import {ResolvedProject} from '../../schemas/resolved-project.ts';
import {LifecycleInput} from '../../schemas/stage.ts';
import {curate} from '../../schemas/stages/curate.ts';
import {activity} from '../activity.ts';
import type {Activity, ActivityContext} from '../context.ts';
import {FEEDBACK_SOURCE, type FeedbackRecord} from '../../stores/traces/feedback-records.ts';
import {rulesInForce} from '../../stores/access/rules.ts';
import {feedbackOf, type LeftOut} from '../../stores/traces/feedback-reviews.ts';
import {fixedParent} from './fixed-parent.ts';
import {formerShards, ledgerKey, type FormerShards} from './ledger.ts';
import {keepListings, listSources} from './listing.ts';
import type {CurationPlan, PlannedRecord, ReusedRecord} from './plan.ts';
import {readSource, type Found} from '../../stores/sources/read-source.ts';
import {noFile} from '../../stores/sources/require-sources.ts';

export interface CurationPlanned {
  readonly plan: ArtifactRef;
  /** Digest over the sorted keyed hashes of all records. */
  readonly records: string;
  /** Digest of the golden set that this version is kept apart from, '' if there is none. */
  readonly golden: string;
  readonly processed: number;
  readonly reused: number;
}

/** How many records are read between two signs of life. */
const NEWS = 200;

/**
 * Reads every source once, to see which records are new: a record that the latest version or the parent processed under the
 * same settings is taken from there. New ones are grouped into shards of `shard_records`. Records are told apart by a keyed hash.
 * Throws InvalidInput, AccessDenied, EmptySource (a source), WrongProjectKey.
 */
export const planCuration = activity(
  'cpu',
  z.object({input: LifecycleInput}),
  async ({input}, context, activity): Promise<CurationPlanned> => {
    requireKey(context, input.keyFingerprint);
    const {artifacts} = context.stores;
    const resolved = await artifacts.getJson(input.resolved, ResolvedProject);
    const {config} = resolved;
    const settings = curate.settings(resolved);
    const former = await formerShards(
      context.stores,
      config.project,
      input.parentDataset,
      ledgerKey({settings, keyFingerprint: input.keyFingerprint}),
    );

    // Before they are read: what comes meanwhile is new to the monitor.
    const listings = await listSources(config.sources, context.folder);
    const empty = config.sources.filter(({name}) => listings[name] === null);
    if (empty.length > 0) throw noFile(empty, context.folder);
    const plans = new Plans(former);
    await readSources(plans, config, context, activity);
    const feedback = await feedbackSource(context, config, input.feedbackCut, plans.rows);
    if (feedback)
      plans.add(FEEDBACK_SOURCE, `feedback up to ${input.feedbackCut}`, feedback.found, feedback.over);

    const shards: ArtifactRef[] = [];
    for (const records of plans.shards(config.curation.shard_records))
      shards.push(await artifacts.putJson({records}));
    const {reused} = plans;
    const found = plans.sources.map(({name, digest}) => `${name} ${digest}`);
    // What is left out makes another version of the same records.
    const records = sha256Hex([...found, ...(feedback === null ? [] : linesOf(feedback.over))].join('\n'));
    const parent = await fixedParent(context.stores, {
      project: config.project,
      settings,
      records,
      keyFingerprint: input.keyFingerprint,
      parent: input.parentDataset,
    });
    const plan: CurationPlan = {
      v: 1,
      project: config.project,
      keyFingerprint: input.keyFingerprint,
      shards,
      reused: {
        shards: reused.length > 0 ? [...former.shards] : [],
        records: reused.length > 0 ? (await artifacts.putLines(reused)).ref : null,
      },
      drops: (await artifacts.putLines(plans.drops)).ref,
      dropped: plans.drops.length,
      feedback: feedback?.ref ?? null,
      sources: plans.sources,
      processed: plans.fresh.length,
      reusedCount: reused.length,
      parent,
    };
    await keepListings(context.stores, config.project, listings);
    const golden =
      parent === null ? '' : (await context.stores.registry.dataset(config.project, parent)).golden.sha256;
    return {
      plan: await artifacts.putJson(plan),
      records,
      golden,
      processed: plan.processed,
      reused: plan.reusedCount,
    };
  },
);

async function readSources(
  plans: Plans,
  {sources, input, curation}: ProjectConfig,
  {folder, rowKey}: ActivityContext,
  activity: Activity,
): Promise<void> {
  for (const source of sources) {
    const found: Found[] = [];
    for await (const record of readSource(source, {folder, rowKey, input, split: curation.split})) {
      found.push(record);
      if (found.length % NEWS !== 0) continue;
      activity.signal.throwIfAborted();
      const done = plans.rows + found.length;
      activity.progress({done, total: 0, unit: 'records', note: `reads ${source.name}`});
    }
    plans.add(source.name, source.uri, limited(source, found));
  }
}

/** The work of one shard has to be done with the key that the run was started with. Throws WrongProjectKey. */
export function requireKey({rowKey}: Pick<ActivityContext, 'rowKey'>, expected: string): void {
  const own = keyFingerprint(rowKey);
  if (own !== expected)
    throw new RatchetError(
      'WrongProjectKey',
      `this worker's row key has the fingerprint ${own}, the run was started with ${expected}: give it the same RATCHET_PROJECT_KEY`,
    );
}

/** The first `limit` records in the order of ids. */
function limited(source: Source, found: readonly Found[]): readonly Found[] {
  const sorted = [...found].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.raw < b.raw ? -1 : 1));
  return source.limit === undefined ? sorted : sorted.slice(0, source.limit);
}

async function feedbackSource(
  context: ActivityContext,
  config: ProjectConfig,
  cut: string | null,
  rows: number,
): Promise<{found: Found[]; ref: ArtifactRef; over: Over} | null> {
  if (cut === null || !config.retrain.feedback) return null;
  const {stores, rowKey} = context;
  const {people} = await rulesInForce(stores, config.project, () =>
    Promise.resolve({config, folder: context.folder}),
  );
  const {records, leftOut} = await feedbackOf(stores, {config, rowKey, people, rows, cut: Date.parse(cut)});
  if (records.length === 0) return null;
  const {ref} = await stores.artifacts.putLines(records);
  const found = records.map((record, i): Found => ({
    status: 'read',
    id: record.id,
    // Its text is scrubbed already, so a plain hash gives nothing away that the row would not.
    raw: rawOf(record),
    file: FEEDBACK_SOURCE,
    line: i + 1,
    offset: i,
    length: 1,
  }));
  return {found, ref, over: new Map(leftOut.map(({record, rule, reason}) => [record.id, {rule, reason}]))};
}

/** Why records with these ids are left out. */
type Over = ReadonlyMap<string, Omit<LeftOut, 'record'>>;

/** One for each record that is left out, in the order of ids. */
function linesOf(over: Over): string[] {
  return [...over].map(([id, {rule, reason}]) => JSON.stringify([id, rule, reason])).sort();
}

/** The content of a record, by which it is reused from an earlier version's shards: what was said, not by whom. */
function rawOf({id, label, fields, reviewed}: FeedbackRecord): string {
  const content = [FEEDBACK_SOURCE, {id, label, fields}, ...(reviewed ? ['reviewed'] : [])];
  return sha256Hex(JSON.stringify(content)).slice(0, 32);
}

/** What is to be done, as the sources are read. */
class Plans {
  readonly #former: FormerShards;
  readonly fresh: PlannedRecord[] = [];
  readonly reused: ReusedRecord[] = [];
  readonly drops: Drop[] = [];
  readonly sources: CurationPlan['sources'] = [];
  rows = 0;

  constructor(former: FormerShards) {
    this.#former = former;
  }

  add(source: string, uri: string, found: readonly Found[], over: Over = new Map()): void {
    const digest = createHash('sha256');
    for (const raw of found.map((record) => record.raw).sort()) digest.update(raw);
    this.sources.push({name: source, uri, rows: found.length, digest: digest.digest('hex')});
    this.rows += found.length;
    const seen = new Set<string>();
    for (const record of found) {
      const {id, raw, file, line, offset, length} = record;
      const drop = (rule: string, reason: string, survivor?: string): void => {
        const about = {id: `${source}/${id}`, source, record: `${file}:${line}`, rule, reason};
        this.drops.push(survivor === undefined ? about : {...about, survivor});
      };
      const left = over.get(id);
      if (record.status === 'malformed') drop('malformed', record.reason);
      else if (left !== undefined) drop(left.rule, left.reason);
      else if (seen.has(raw)) drop('exact_duplicate', 'the same record twice', `${source}/${id}`);
      else {
        seen.add(raw);
        const shard = this.#former.shardOf.get(raw);
        if (shard === undefined) this.fresh.push({source, id, raw, file, line, offset, length});
        else this.reused.push({raw, shard});
      }
    }
  }

  /** New records in the order in which their files hold them, so that a shard reads a file once and in one go. */
  *shards(size: number): Generator<PlannedRecord[], void, undefined> {
    const order = new Map(this.sources.map(({name}, i) => [name, i]));
    const records = [...this.fresh].sort(
      (a, b) =>
        order.get(a.source)! - order.get(b.source)! ||
        (a.file < b.file ? -1 : a.file > b.file ? 1 : a.offset - b.offset),
    );
    for (let from = 0; from < records.length; from += size) yield records.slice(from, from + size);
  }
}
