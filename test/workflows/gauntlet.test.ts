import {randomUUID} from 'node:crypto';
import type {WorkflowBundleWithSourceMap} from '@temporalio/worker';
import {afterEach, beforeAll, expect, it} from 'vitest';
import type {GauntletPlan, JudgedBatch} from '../../activities/gauntlet/batch.ts';
import type {GauntletResult} from '../../schemas/report.ts';
import {bundleOf, startWorkers, type TestWorkers} from './workers-of.ts';

const REF = {uri: 'nowhere', sha256: '0'.repeat(64), bytes: 0, mediaType: 'application/json'};
const [CANDIDATE, STABLE] = ['a'.repeat(64), 'b'.repeat(64)];
/** Six batches of two releases, and as many for the judge. */
const PLAN: GauntletPlan = {
  batches: Array.from({length: 12}, (_, i) => ({
    release: i % 2 === 0 ? CANDIDATE : STABLE,
    title: `answers ${i}`,
    items: 40,
    ref: REF,
  })),
  items: 480,
  concurrency: 2,
  judging: {
    batches: Array.from({length: 6}, (_, i) => ({
      title: `judge · ${i}`,
      items: 40,
      ref: REF,
      candidate: 2 * i,
      stable: 2 * i + 1,
    })),
    pairs: 240,
    concurrency: 2,
  },
  ref: REF,
};
const RESULT: GauntletResult = {
  release: CANDIDATE,
  stable: STABLE,
  verdict: 'pass',
  report: REF,
  html: REF,
  markdown: REF,
  modelCard: REF,
};

/** Pages of long lists, by their reference. */
const pages = new Map<string, readonly unknown[]>();

let bundle: WorkflowBundleWithSourceMap;
let workers: TestWorkers | undefined;
beforeAll(async () => {
  bundle = await bundleOf('gauntlet');
}, 120_000);
afterEach(() => workers?.stop());

/** Runs a gauntlet whose judge answers by `judge`; says what its activities were called with. */
async function run(plan: GauntletPlan, judge: (title: string) => JudgedBatch) {
  const asked: {title: string; answers: unknown}[] = [];
  const scored: {judged: JudgedBatch[]}[] = [];
  let kept = 0;
  workers = await startWorkers({
    bundle,
    activities: () => ({
      planGauntlet: () => Promise.resolve(plan),
      estimateStage: () => Promise.resolve({line: 'estimate: nothing'}),
      prepareGauntlet: () => Promise.resolve(),
      readPage: ({page}: {page: {uri: string}}) => Promise.resolve(pages.get(page.uri)),
      answerBatch: ({batch}: {batch: {title: string}}) => Promise.resolve({...REF, uri: batch.title}),
      judgeBatch({batch, answers}: {batch: {title: string}; answers: unknown}) {
        asked.push({title: batch.title, answers});
        return Promise.resolve(judge(batch.title));
      },
      scoreGauntlet(input: {judged: JudgedBatch[]}) {
        scored.push(input);
        return Promise.resolve(RESULT);
      },
      keepStage() {
        kept += 1;
        return Promise.resolve();
      },
    }),
  });
  const {project, queue, client} = workers;
  const inputs = {release: CANDIDATE, stable: STABLE, dataset: 'd'.repeat(64)};
  const request = {stage: 'gauntlet', project, resolved: REF, keyFingerprint: '', inputs, refs: {}};
  const result = await client.workflow.execute('gauntlet', {
    taskQueue: queue,
    workflowId: `gauntlet/${randomUUID()}`,
    args: [{request, key: 'k'.repeat(64), waiter: 'run@1'}],
  });
  expect(result).toEqual(RESULT);
  return {asked, judged: scored[0]!.judged, kept};
}

it('puts both answers to the same items to the judge, and keeps the result', async () => {
  const {asked, judged, kept} = await run(PLAN, () => ({status: 'judged', ref: REF}));
  expect(asked.map(({title}) => title).sort()).toEqual(PLAN.judging!.batches.map(({title}) => title));
  expect(asked.find(({title}) => title === 'judge · 2')!.answers).toEqual({
    candidate: {...REF, uri: 'answers 4'},
    stable: {...REF, uri: 'answers 5'},
  });
  expect(judged).toHaveLength(6);
  expect(kept).toBe(1);
});

it('reads the batches of a long plan page by page', async () => {
  const {batches, judging, ...rest} = PLAN;
  pages.set('answers', batches);
  pages.set('pairs', judging!.batches);
  const listed = (name: string, count: number) => ({batches: [], pages: [{...REF, uri: name}], count});
  const long = {
    ...rest,
    ...listed('answers', 12),
    judging: {...judging!, ...listed('pairs', 6)},
  };
  const {asked, judged} = await run(long, () => ({status: 'judged', ref: REF}));
  expect(asked.map(({title}) => title).sort()).toEqual(judging!.batches.map(({title}) => title));
  expect(judged).toHaveLength(6);
});

it('asks a judge that is away no further, and keeps no result that a later run would find', async () => {
  const {asked, judged, kept} = await run(PLAN, () => ({status: 'unavailable', reason: 'away'}));
  expect(asked.length).toBeLessThanOrEqual(2);
  expect(judged).toContainEqual({status: 'unavailable', reason: 'away'});
  expect(kept).toBe(0);
});

it('asks nobody where no judge is configured', async () => {
  const {judging: _none, ...plan} = PLAN;
  const {asked, judged, kept} = await run(plan, () => ({status: 'judged', ref: REF}));
  expect([asked, judged, kept]).toEqual([[], [], 1]);
});
