import {z} from 'zod';
import {scrub} from '../../core/curation/pii/scrub.ts';
import {ENTITIES} from '../../schemas/names.ts';
import {digestOf} from '../../core/identity/digest.ts';
import {ArtifactRef} from '../../schemas/artifact.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {Sample} from '../../schemas/report.ts';
import {gauntlet} from '../../schemas/stages/gauntlet.ts';
import {known} from '../../schemas/tolerant.ts';
import type {Artifacts} from '../../stores/objects/artifacts.ts';
import type {StageCache} from '../../stores/registry/cache.ts';
import type {Comparison, Judge, Judgement as Compared} from '../../serving/clients/judge/judge.ts';
import {judgeFromConfig} from '../../serving/clients/judge/openai-judge.ts';
import {stageActivity} from '../stage/stage-activity.ts';
import {JudgeBatch, type JudgedBatch} from './batch.ts';
import {Answers, Item, Winner, type Judgement} from './item.ts';
import {readable, type ReadableTasks} from './readable.ts';

/** A judge counts as away from this attempt on: after two minutes, by the retry policy… */
const PATIENCE = 6;
/** …unless it has judged a pair of this batch within this time, in ms: then it is only slow, or limits its rate. */
const STILL_THERE_MS = 180_000;

/**
 * Candidate's and stable's answers to one batch, compared pairwise. Each judgement is kept as it comes, so that another
 * attempt pays for the rest alone; what could not be scored is not kept. A judge that is away fails the attempt
 * (Unavailable, RateLimited), and after some minutes is a result; one that refuses the key, or whose key this worker lacks,
 * at once.
 */
export const judgeBatch = stageActivity(
  gauntlet,
  'cpu',
  {
    batch: JudgeBatch.pick({title: true, ref: true}),
    answers: z.object({candidate: ArtifactRef, stable: ArtifactRef}),
  },
  async ({request, batch, answers}, context, activity): Promise<JudgedBatch> => {
    const {artifacts, cache} = context.stores;
    const {tasks, gauntlet: policy} = request.settings;
    const settings = policy.judge;
    if (settings === undefined) {
      throw new RatchetError(ErrorType.InvalidInput, 'judgeBatch: no judge is configured (gauntlet.judge)');
    }
    let judge: Judge;
    try {
      judge = judgeFromConfig(settings);
    } catch (error) {
      if (!isType(error, ErrorType.InvalidInput)) throw error;
      return {status: 'unavailable', reason: error.message};
    }
    const clean = (text: string): string => scrub(text, {entities: ENTITIES, key: context.rowKey}).text;

    const pairs = await pairsOf(batch.ref, answers, tasks, artifacts);
    const judged: Judgement[] = [];
    let heard = 0;
    for (const [done, {task, item, comparison}] of pairs.entries()) {
      activity.progress({done, total: pairs.length, unit: 'pairs', note: batch.title});
      const key = judgementKey(judge.id, comparison);
      const found = await judgedBefore(cache, judge.id, comparison);
      if (found) {
        heard = Math.max(heard, found.at);
        judged.push({task, item, ...found.kept, error: null});
        continue;
      }
      let compared: Compared;
      try {
        compared = await judge.compare({...comparison, signal: activity.signal});
      } catch (error) {
        if (activity.signal.aborted) throw error;
        if (isType(error, ErrorType.AccessDenied)) {
          const {base_url: url, api_key_env: name} = settings;
          const reason = `the judge at ${url} refuses the key in ${name}: set a valid one on every cpu worker`;
          return {status: 'unavailable', reason};
        }
        if (!isType(error, ErrorType.InvalidInput)) {
          const slow = Date.now() - heard < STILL_THERE_MS;
          if (slow || activity.attempt < PATIENCE) throw error;
          return {
            status: 'unavailable',
            reason: clean(error instanceof Error ? error.message : String(error)),
          };
        }
        compared = {status: 'unscored', reason: error.message};
      }
      if (compared.status === 'unscored') {
        judged.push({task, item, winner: null, consistent: null, error: clean(compared.reason)});
        continue;
      }
      const kept = await cache.store({
        v: 1,
        stage: 'judgements',
        key,
        project: request.project,
        at: new Date().toISOString(),
        result: {winner: compared.winner, consistent: compared.consistent},
        artifacts: [],
      });
      heard = Date.now();
      // Of two that judged at once, both go on with the first one's.
      judged.push({task, item, ...known(Kept).parse(kept.result), error: null});
    }
    return {status: 'judged', ref: (await artifacts.putLines(judged)).ref};
  },
);

/** Judge (so endpoint, model, instructions), question, correct answer and both answers: what a judgement depends on. */
export function judgementKey(judge: string, comparison: Comparison): string {
  return digestOf({...partsOf(judge, comparison), orders: 1});
}

/** An earlier version's key, which had the winner alone. */
function formerKey(judge: string, comparison: Comparison): string {
  return digestOf(partsOf(judge, comparison));
}

function partsOf(judge: string, {prompt, reference, first, second}: Comparison) {
  return {
    stage: 'judgements',
    judge,
    question: prompt,
    reference: reference ?? null,
    answers: [first, second],
  };
}

/** What is kept of a judgement. */
const Kept = z.strictObject({winner: Winner, consistent: z.boolean().nullable()});

/**
 * A judgement that is already kept. Of one by an earlier version the winner alone is known: where one answer won, both orders
 * agreed; whether a tie was one in both orders is not known, so it is asked again.
 */
async function judgedBefore(
  cache: StageCache,
  judge: string,
  comparison: Comparison,
): Promise<{readonly kept: z.infer<typeof Kept>; readonly at: number} | null> {
  const found = await cache.find('judgements', judgementKey(judge, comparison));
  if (found) return {kept: known(Kept).parse(found.result), at: Date.parse(found.at)};
  const former = await cache.find('judgements', formerKey(judge, comparison));
  if (!former) return null;
  const winner = Winner.parse(former.result);
  return winner === 'tie' ? null : {kept: {winner, consistent: true}, at: Date.parse(former.at)};
}

interface Pair {
  readonly task: string;
  readonly item: string;
  /** The candidate's answer is the first. */
  readonly comparison: Comparison;
}

/** Items of the batch to which both answered, in its order. */
async function pairsOf(
  batch: ArtifactRef,
  answers: {readonly candidate: ArtifactRef; readonly stable: ArtifactRef},
  tasks: ReadableTasks,
  artifacts: Artifacts,
): Promise<Pair[]> {
  const candidate = await samplesOf(answers.candidate, artifacts);
  const stable = await samplesOf(answers.stable, artifacts);
  const pairs: Pair[] = [];
  for await (const item of artifacts.lines(batch, Item)) {
    const [ours, theirs] = [candidate.get(item.id), stable.get(item.id)];
    if (!ours || !theirs || ours.error !== null || theirs.error !== null) continue;
    pairs.push({
      task: ours.task,
      item: ours.item,
      comparison: {
        prompt: readable(item, tasks),
        first: ours.output,
        second: theirs.output,
        ...(ours.expected === null ? {} : {reference: ours.expected}),
      },
    });
  }
  return pairs;
}

/** By item: a batch is of one task. */
async function samplesOf(ref: ArtifactRef, artifacts: Artifacts): Promise<Map<string, Sample>> {
  const {samples} = await artifacts.getJson(ref, Answers);
  const byItem = new Map<string, Sample>();
  for await (const sample of artifacts.lines(samples, Sample)) byItem.set(sample.item, sample);
  return byItem;
}

function isType(error: unknown, type: ErrorType): error is RatchetError {
  return error instanceof RatchetError && error.type === type;
}
