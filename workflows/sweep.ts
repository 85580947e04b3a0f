import {
  CancellationScope,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import {ApplicationFailure} from '@temporalio/common';
import {noneLeft, ranked, survivors} from '../core/training/successive-halving.ts';
import {short, trialWorkflowId} from '../schemas/names.ts';
import type {PlannedTrial} from '../activities/sweep/plan-sweep.ts';
import type {TrainingSet} from '../schemas/training-set.ts';
import type {RungResult, SweepRecord, TrainingResult} from '../schemas/training.ts';
import {documents, rows, training} from './activities.ts';
import type {StageInput} from './find-or-run.ts';
import {ownChild} from './own-child.ts';
import {ratchetAttributes} from './search-attributes.ts';
import {trial, type TrialInput} from './trial.ts';
import {whileWaitedFor} from './while-waited-for.ts';

/** Grouped by how long they run. */
function activities(project: string) {
  // Renders rows and writes a file; compares losses on some rows.
  const {renderTrainingSet, checkParity} = rows(project, 3);
  const {planSweep, checkRung, estimateStage, recordSweep, keepStage} = documents(project);
  const {trainAdapter} = training(project);
  return {
    renderTrainingSet,
    checkParity,
    trainAdapter,
    planSweep,
    checkRung,
    estimateStage,
    recordSweep,
    keepStage,
  };
}

/** A trial and what it came to so far. */
interface Running extends PlannedTrial {
  readonly rungs: readonly RungResult[];
}

/** Dataset version → the LoRA adapter of the best of several hyperparameters, by successive halving. */
export async function sweep(input: StageInput): Promise<TrainingResult> {
  const {request, key} = input;
  const {project} = request;
  const account = workflowInfo().workflowId;
  const {renderTrainingSet, checkParity, trainAdapter, ...small} = activities(project);
  const {planSweep, checkRung, estimateStage, recordSweep, keepStage} = small;
  upsertSearchAttributes(ratchetAttributes({project, stage: 'train', dataset: request.inputs.dataset!}));
  return whileWaitedFor(input, async () => {
    // 1. One training set for all, and the points.
    setCurrentDetails('renders the training set');
    const set = await renderTrainingSet.executeWithOptions({summary: 'rows → prompts and completions'}, [
      {request},
    ]);
    const plan = await planSweep.executeWithOptions({summary: 'which hyperparameters'}, [
      {request, key, set},
    ]);
    await estimateStage.executeWithOptions({summary: 'what it will cost'}, [
      {request, key, units: set.trainRows},
    ]);

    // 2. Rung by rung the best third goes on, until one is left. The last rung is the whole training.
    let all: Running[] = plan.trials.map((trial) => ({...trial, rungs: []}));
    let racing: readonly Running[] = all;
    for (const [i, step] of plan.rungs.entries()) {
      if (racing.length === 1) break;
      const from = plan.rungs[i - 1] ?? 0;
      await checkRung.executeWithOptions({summary: `whether the budget allows rung ${i + 1}`}, [
        {request, trials: racing.length, from, to: step},
      ]);
      const numbers = racing.map(({number}) => number);
      setCurrentDetails(
        table(all, plan.rungs, `trials ${numbers.join(', ')} are on their way to step ${step}`),
      );
      const results = await together(racing.map((trial) => () => toRung(trial, step, set, account)));
      const came = racing.map((trial, j) => ({...trial, rungs: [...trial.rungs, results[j]!]}));
      all = all.map((trial) => came.find(({number}) => number === trial.number) ?? trial);
      racing = survivors(came.map((trial) => ({...trial, loss: trial.rungs.at(-1)!.loss})));
      if (racing.length === 0)
        throw ApplicationFailure.nonRetryable(noneLeft(results, step), 'TrainerFailed');
    }
    const best = racing.map((trial) => ({...trial, loss: trial.rungs.at(-1)?.loss ?? null}));
    const winner = ranked(best)[0]!;

    // 3. The winner goes on, from its last rung's checkpoint.
    const last = plan.rungs.at(-1)!;
    if (winner.rungs.at(-1)?.step !== last)
      await checkRung.executeWithOptions({summary: 'whether the budget allows the rest'}, [
        {request, trials: 1, from: winner.rungs.at(-1)?.step ?? 0, to: last},
      ]);
    setCurrentDetails(table(all, plan.rungs, `trial ${winner.number} is trained to the end`));
    const trained = await trainAdapter.executeWithOptions({summary: `${title(winner)}, to the end`}, [
      {request: winner.request, key: winner.job, set, account},
    ]);
    const parity = await checkParity.executeWithOptions({summary: 'equal loss of trainer and engine'}, [
      {request: winner.request, set, trained},
    ]);

    // 4. Kept as what this sweep came to, and as the training that the winner would be by itself.
    const record: SweepRecord = {
      v: 1,
      rungs: [...plan.rungs],
      trials: all.map(({number, point, rungs}) => ({number, point, rungs: [...rungs]})),
      winner: winner.number,
    };
    const kept = await recordSweep.executeWithOptions({summary: 'keep how the sweep went'}, [{record}]);
    const alone: TrainingResult = {...trained, parity};
    const result: TrainingResult = {...alone, sweep: kept};
    await keepStage.executeWithOptions({summary: 'keep the adapter as the winner’s training'}, [
      {request: winner.request, key: winner.key, result: alone},
    ]);
    await keepStage.executeWithOptions({summary: 'keep the adapter under the sweep’s key'}, [
      {request, key, result},
    ]);
    setCurrentDetails(
      table(all, plan.rungs, `trial ${winner.number} won: adapter ${short(trained.adapter.digest)}`),
    );
    return result;
  });
}

/** All of them; when one ends the sweep, the others save and stop before it ends. */
function together<T>(bodies: readonly (() => Promise<T>)[]): Promise<T[]> {
  const scope = new CancellationScope();
  return scope.run(async () => {
    const going = bodies.map((body) => body());
    try {
      return await Promise.all(going);
    } catch (error) {
      scope.cancel();
      await Promise.allSettled(going);
      throw error;
    }
  });
}

function toRung(running: Running, step: number, set: TrainingSet, account: string): Promise<RungResult> {
  const {request, job} = running;
  const input: TrialInput = {request, key: job, set, step, account, title: title(running)};
  // A trial that has come to its step is found by its checkpoint: it may well go there again.
  return ownChild(trial, {
    project: request.project,
    workflowId: trialWorkflowId(request.project, job, step),
    input,
    summary: `${title(running)}, to step ${step}`,
    ended: 'again',
    priority: workflowInfo().priority,
  });
}

/** `trial 3: learning_rate 0.001, lora_r 8` */
function title({number, point}: PlannedTrial): string {
  return `trial ${number}: ${Object.entries(point)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')}`;
}

/** For the Temporal UI: a line a trial. */
function table(trials: readonly Running[], rungs: readonly number[], now: string): string {
  const lines = trials.map((trial) => {
    const cells = rungs.map((_, i) => {
      const at = trial.rungs[i];
      return at === undefined ? '' : at.loss === null ? 'failed' : at.loss.toFixed(4);
    });
    return `| ${title(trial)} | ${cells.join(' | ')} |`;
  });
  const head = `| trial | ${rungs.map((step) => `step ${step}`).join(' | ')} |`;
  return [now, '', head, `| --- |${rungs.map(() => ' --- |').join('')}`, ...lines].join('\n');
}
