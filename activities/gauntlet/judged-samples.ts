import {ASPECTS} from '../../core/evaluation/catalog/metric.ts';
import type {ProjectConfig} from '../../schemas/project.ts';
import type {Sample} from '../../schemas/report.ts';
import type {Artifacts} from '../../stores/objects/artifacts.ts';
import type {JudgedBatch} from './batch.ts';
import {Judgement} from './item.ts';

/** Candidate's judged samples and stable's, which mirror them; or why there are none. */
export type Judged =
  | {readonly status: 'judged'; readonly candidate: Sample[]; readonly stable: Sample[]}
  | {readonly status: 'not-judged'; readonly reason: string};

/** The batches' judgements as samples, in the order of the candidate's. One batch without a judge, and none count. */
export async function judgedSamples(
  input: {
    readonly policy: Pick<ProjectConfig['gauntlet'], 'judge'>;
    readonly batches: readonly JudgedBatch[];
    readonly candidate: readonly Sample[];
    /** Stable's digest. */
    readonly stable: string;
  },
  artifacts: Artifacts,
): Promise<Judged> {
  const {policy, batches, candidate, stable} = input;
  if (policy.judge === undefined)
    return {status: 'not-judged', reason: 'no judge is configured (gauntlet.judge)'};
  const judgements = new Map<string, Judgement>();
  for (const batch of batches) {
    if (batch.status === 'unavailable') return {status: 'not-judged', reason: batch.reason};
    for await (const one of artifacts.lines(batch.ref, Judgement))
      judgements.set(`${one.task}/${one.item}`, one);
  }
  if (judgements.size === 0)
    return {status: 'not-judged', reason: 'no written answers of both releases to compare'};

  const ours = candidate.flatMap(({release, task, item, cluster, slices}): Sample[] => {
    const judgement = judgements.get(`${task}/${item}`);
    if (judgement === undefined) return [];
    const {winner, consistent, error} = judgement;
    const sample = {release, task: ASPECTS.judge, item: `${task}:${item}`, cluster, slices, expected: null};
    const scores: Sample['scores'] = {
      ...(winner === null ? {} : {win: WIN[winner]}),
      ...(typeof consistent === 'boolean' ? {consistent: consistent ? 1 : 0} : {}),
    };
    return [{...sample, output: winner ?? '', scores, promptTokens: 0, completionTokens: 0, error}];
  });
  return {status: 'judged', candidate: ours, stable: ours.map((sample) => mirrored(sample, stable))};
}

const WIN = {first: 1, second: 0, tie: 0.5} as const;

/** Where the candidate wins, stable loses. */
function mirrored(sample: Sample, release: string): Sample {
  const {win} = sample.scores;
  return {...sample, release, scores: {...sample.scores, ...(win === undefined ? {} : {win: 1 - win})}};
}
