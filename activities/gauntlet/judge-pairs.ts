import {digestOf} from '../../core/identity/digest.ts';
import {ASPECTS} from '../../core/evaluation/gates/catalog.ts';
import {ArtifactRef} from '../../schemas/artifact.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import type {ProjectConfig} from '../../schemas/project.ts';
import {Sample} from '../../schemas/report.ts';
import type {Judge} from '../../serving/clients/judge/judge.ts';
import {judgeFromConfig} from '../../serving/clients/judge/openai-judge.ts';
import type {Activity, ActivityContext} from '../context.ts';

/** Candidate's judged samples and stable's, which mirror them; or why there are none. */
export type Judged =
  | {readonly status: 'judged'; readonly candidate: Sample[]; readonly stable: Sample[]}
  | {readonly status: 'not-judged'; readonly reason: string};

/**
 * Written answers of candidate and stable, compared pairwise; found in the store if the same pairs were judged before. A
 * judge that is not configured, or whose key this worker lacks, is a reason, not a failure.
 */
export async function judgePairs(
  input: {
    readonly config: ProjectConfig;
    readonly candidate: readonly Sample[];
    readonly stable: readonly Sample[];
    /** `task/item` → the question. */
    readonly questions: ReadonlyMap<string, string>;
  },
  context: ActivityContext,
  activity: Activity,
): Promise<Judged> {
  const {config, candidate, stable, questions} = input;
  const settings = config.gauntlet.judge;
  if (settings === undefined)
    return {status: 'not-judged', reason: 'no judge is configured (gauntlet.judge)'};
  const written = Object.keys(config.tasks).filter((task) => config.tasks[task]!.kind !== 'classification');
  const others = new Map(stable.map((sample) => [`${sample.task}/${sample.item}`, sample]));
  const pairs = candidate.flatMap((ours) => {
    const theirs = others.get(`${ours.task}/${ours.item}`);
    const usable = written.includes(ours.task) && ours.error === null && theirs?.error === null;
    return usable ? [{ours, theirs}] : [];
  });
  if (pairs.length === 0)
    return {status: 'not-judged', reason: 'no written answers of both releases to compare'};

  let judge: Judge;
  try {
    judge = judgeFromConfig(settings);
  } catch (error) {
    if (error instanceof RatchetError && error.type === ErrorType.InvalidInput) {
      return {status: 'not-judged', reason: error.message};
    }
    throw error;
  }

  const {artifacts, cache} = context.stores;
  const key = digestOf({
    stage: 'judgements',
    judge: {url: settings.base_url, model: settings.model},
    pairs: pairs.map(({ours, theirs}) => [ours.task, ours.item, ours.output, theirs.output]),
  });
  const found = await cache.find('judgements', key);
  const judged: Sample[] = [];
  if (found) {
    for await (const sample of artifacts.lines(ArtifactRef.parse(found.result), Sample)) judged.push(sample);
  } else {
    for (const [done, {ours, theirs}] of pairs.entries()) {
      activity.progress({done, total: pairs.length, unit: 'pairs', note: 'the judge compares'});
      const judgement = await judge.compare({
        prompt: questions.get(`${ours.task}/${ours.item}`) ?? '',
        first: ours.output,
        second: theirs.output,
        ...(ours.expected === null ? {} : {reference: ours.expected}),
        signal: activity.signal,
      });
      judged.push({
        ...ours,
        task: ASPECTS.judge,
        item: `${ours.task}:${ours.item}`,
        expected: null,
        output: judgement.status === 'scored' ? judgement.winner : '',
        scores: judgement.status === 'scored' ? {win: WIN[judgement.winner]} : {},
        error: judgement.status === 'scored' ? null : judgement.reason,
      });
    }
    const {ref} = await artifacts.putLines(judged);
    await cache.store({
      v: 1,
      stage: 'judgements',
      key,
      project: config.project,
      at: new Date().toISOString(),
      result: ref,
      artifacts: [ref],
    });
  }
  return {status: 'judged', candidate: judged, stable: judged.map(mirrored)};
}

const WIN = {first: 1, second: 0, tie: 0.5} as const;

/** Where the candidate wins, stable loses. */
function mirrored(sample: Sample): Sample {
  const {win} = sample.scores;
  return win === undefined ? sample : {...sample, scores: {win: 1 - win}};
}
