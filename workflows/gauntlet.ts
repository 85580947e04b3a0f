import {upsertSearchAttributes} from '@temporalio/workflow';
import type {GauntletBatch, JudgeBatch, JudgedBatch} from '../activities/gauntlet/batch.ts';
import type {ArtifactRef} from '../schemas/artifact.ts';
import type {GauntletResult} from '../schemas/report.ts';
import {documents, on, rows} from './activities.ts';
import type {StageInput} from './find-or-run.ts';
import {inPages, itemsOf} from './pages.ts';
import {showProgress} from './progress.ts';
import {ratchetAttributes} from './search-attributes.ts';
import {slidingWindow} from './sliding-window.ts';
import {whileWaitedFor} from './while-waited-for.ts';

/** Grouped by how long they run. */
function activities(project: string) {
  // Some dozen pairs at the judge, each kept as it comes. One that limits its rate may take many attempts; the activity
  // itself gives up a judge that is away.
  const {judgeBatch} = on('cpu', project, {
    startToCloseTimeout: '30 min',
    retry: {initialInterval: '5 s', maximumAttempts: 500},
  });
  // Loads adapters and proves that they answer; picks the items; some dozen answers of one release on one engine; computes
  // metrics, gates and the report.
  const {prepareGauntlet, planGauntlet, answerBatch, scoreGauntlet} = rows(project);
  const {keepStage, estimateStage, readPage, keepPage} = documents(project);
  return {
    answerBatch,
    judgeBatch,
    prepareGauntlet,
    planGauntlet,
    scoreGauntlet,
    keepStage,
    estimateStage,
    readPage,
    keepPage,
  };
}

/** Candidate against stable, on the same items: a report whose every sample is kept, and a verdict. */
export async function gauntlet(input: StageInput): Promise<GauntletResult> {
  const {request, key, waiter} = input;
  const {answerBatch, judgeBatch, prepareGauntlet, planGauntlet, scoreGauntlet, ...small} = activities(
    request.project,
  );
  const {keepStage, estimateStage, readPage, keepPage} = small;
  const read = async <T>(page: ArtifactRef): Promise<readonly T[]> =>
    (await readPage.executeWithOptions({summary: 'the next batches'}, [{page}])) as readonly T[];
  const keep = (items: readonly unknown[]): Promise<ArtifactRef> =>
    keepPage.executeWithOptions({summary: `a list of ${items.length}`}, [{items}]);
  const {release, dataset} = request.inputs;
  upsertSearchAttributes(
    ratchetAttributes({project: request.project, stage: 'gauntlet', release: release!, dataset: dataset!}),
  );
  return whileWaitedFor(input, async () => {
    const plan = await planGauntlet.executeWithOptions({summary: 'which items, which releases'}, [{request}]);
    await estimateStage.executeWithOptions({summary: 'what it will cost'}, [
      {request, key, units: plan.items},
    ]);
    await prepareGauntlet.executeWithOptions({summary: 'load the adapter, prove that it answers'}, [
      {request},
    ]);
    const progress = showProgress('gauntlet', plan.items, 'answers');
    const batches = itemsOf<GauntletBatch>(plan, read);
    const answers = await slidingWindow(plan.concurrency, batches.count, async (index) => {
      const batch = await batches.at(index);
      const answered = await answerBatch.executeWithOptions({summary: batch.title}, [{request, batch}]);
      progress.add(batch.items);
      return answered;
    });
    const judged: JudgedBatch[] = [];
    if (plan.judging) {
      const {pairs, concurrency} = plan.judging;
      const judging = itemsOf<JudgeBatch>(plan.judging, read);
      const compared = showProgress('gauntlet', pairs, 'pairs');
      await slidingWindow(concurrency, judging.count, async (index) => {
        // One batch without a judge leaves its gate inconclusive: no other need ask.
        if (judged.some(({status}) => status === 'unavailable')) return;
        const batch = await judging.at(index);
        const both = {candidate: answers[batch.candidate]!, stable: answers[batch.stable]!};
        const one = await judgeBatch.executeWithOptions({summary: batch.title}, [
          {request, batch, answers: both},
        ]);
        judged.push(one);
        if (one.status === 'judged') compared.add(batch.items);
        else compared.add(0, `Not judged: ${one.reason}`);
      });
    }
    const [answered, compared] = [await inPages(answers, keep), await inPages(judged, keep)];
    const result = await scoreGauntlet.executeWithOptions({summary: 'metrics, gates, report'}, [
      {
        request,
        plan: {ref: plan.ref},
        run: waiter.split('@')[0]!,
        answers: answered.items,
        judged: compared.items,
        ...(answered.lists.length === 0 ? {} : {answerLists: answered.lists}),
        ...(compared.lists.length === 0 ? {} : {judgedLists: compared.lists}),
      },
    ]);
    upsertSearchAttributes(ratchetAttributes({verdict: result.verdict}));
    // A gauntlet whose judge was away is found by no later run: that one asks the judge again, and nobody else.
    if (judged.some(({status}) => status === 'unavailable')) return result;
    await keepStage.executeWithOptions({summary: 'keep the report under its key'}, [{request, key, result}]);
    return result;
  });
}
