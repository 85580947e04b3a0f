import {z} from 'zod';
import type {RecordPlace} from '../../core/curation/record-worker.ts';
import {ArtifactRef} from '../../schemas/artifact.ts';
import {RatchetError} from '../../schemas/errors.ts';
import type {ProjectConfig, Source} from '../../schemas/project.ts';
import {curate} from '../../schemas/stages/curate.ts';
import type {ActivityContext} from '../context.ts';
import {stageActivity} from '../stage/stage-activity.ts';
import {FEEDBACK_SOURCE, FeedbackRecord} from '../../stores/traces/feedback-records.ts';
import {CurationPlan, ShardPlan, type PlannedRecord} from './plan.ts';
import {requireKey} from './plan-curation.ts';
import type {Processed} from '../../schemas/processed.ts';
import {RecordReader} from './record-reader.ts';
import {labelledSources, type SplitColumns} from '../../stores/sources/mapping.ts';
import {rereadSource, type Reread} from '../../stores/sources/read-source.ts';

/** How many records are worked on between two signs of life. */
const NEWS = 25;

/**
 * One shard of a plan: each record through the input transform and the rules, with what duplicates are found by. Gives the
 * processed shard, JSONL of Processed. Throws InvalidInput if a source has changed since the plan was made.
 */
export const curateShard = stageActivity(
  curate,
  'cpu',
  {plan: ArtifactRef, index: z.int().nonnegative()},
  async ({request, plan: planRef, index}, context, activity): Promise<ArtifactRef> => {
    requireKey(context, request.keyFingerprint);
    const {artifacts} = context.stores;
    const {settings, operation} = request;
    const plan = await artifacts.getJson(planRef, CurationPlan);
    const shard = plan.shards[index];
    if (!shard)
      throw new RatchetError(
        'InvalidInput',
        `curateShard: the plan has ${plan.shards.length} shards, asked for ${index}`,
      );
    const {records} = await artifacts.getJson(shard, ShardPlan);
    const reader = new RecordReader({settings, labelled: labelledSources(settings), rowKey: context.rowKey});
    // What is being read ends with the activity.
    const stop = () => void reader.close();
    activity.signal.addEventListener('abort', stop, {once: true});
    async function* processed(): AsyncGenerator<Processed, void, undefined> {
      let done = 0;
      for await (const {planned, content, label, place} of contents(
        records,
        {plan, sources: operation.sources, input: settings.input, split: settings.curation.split},
        context,
      )) {
        if (done++ % NEWS === 0) {
          activity.signal.throwIfAborted();
          activity.progress({done, total: records.length, unit: 'rows'});
        }
        yield await reader.process(planned, content, label, place);
      }
    }
    const {ref, lines} = await artifacts.putLines(processed()).finally(() => {
      activity.signal.removeEventListener('abort', stop);
      return reader.close();
    });
    if (lines !== records.length)
      throw new Error(`shard ${index}: ${records.length} records were planned, ${lines} processed`);
    return ref;
  },
);

interface Content {
  readonly planned: PlannedRecord;
  readonly content: unknown;
  readonly label: string | undefined;
  readonly place: RecordPlace;
}

/** The records' contents, read again where the plan says they are. */
async function* contents(
  records: readonly PlannedRecord[],
  {
    plan,
    sources,
    input,
    split,
  }: {
    readonly plan: CurationPlan;
    readonly sources: readonly Source[];
    readonly input: ProjectConfig['input'];
    readonly split: SplitColumns;
  },
  context: ActivityContext,
): AsyncGenerator<Content, void, undefined> {
  for (const group of byFile(records)) {
    const {source: name, file} = group[0]!;
    if (name === FEEDBACK_SOURCE) {
      const wanted = new Map(group.map((planned) => [planned.id, planned]));
      for await (const record of context.stores.artifacts.lines(plan.feedback!, FeedbackRecord)) {
        const planned = wanted.get(record.id);
        if (planned) yield {planned, content: record.fields, label: record.label ?? undefined, place: {}};
      }
      continue;
    }
    const source = sources.find((one) => one.name === name)!;
    const options = {folder: context.folder, rowKey: context.rowKey, input, split};
    const planned = new Map(group.map((one) => [one.raw, one]));
    for await (const record of rereadSource(source, file, group, options) as AsyncIterable<Reread>) {
      const {raw, content, label, group: ofGroup, time} = record;
      yield {planned: planned.get(raw)!, content, label, place: {group: ofGroup, time}};
    }
  }
}

function byFile(records: readonly PlannedRecord[]): PlannedRecord[][] {
  const groups: PlannedRecord[][] = [];
  for (const record of records) {
    const last = groups.at(-1)?.[0];
    if (last?.source === record.source && last.file === record.file) groups.at(-1)!.push(record);
    else groups.push([record]);
  }
  return groups;
}
