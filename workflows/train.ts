import {
  ActivityCancellationType,
  proxyActivities,
  setCurrentDetails,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import {NON_RETRYABLE} from '../schemas/errors.ts';
import {short, taskQueue} from '../schemas/names.ts';
import type {Activities} from '../activities/contract.ts';
import type {TrainingResult} from '../schemas/training.ts';
import type {StageInput} from './find-or-run.ts';
import {HEARTBEAT} from './heartbeat.ts';
import {ratchetAttributes} from './search-attributes.ts';
import {whileWaitedFor} from './while-waited-for.ts';

/** Grouped by how long they run. */
function activities(project: string) {
  // Renders rows and writes a file; compares losses on some rows.
  const {renderTrainingSet, checkParity} = proxyActivities<Activities>({
    taskQueue: taskQueue(project, 'cpu'),
    startToCloseTimeout: '30 min',
    heartbeatTimeout: HEARTBEAT,
    retry: {maximumAttempts: 3, nonRetryableErrorTypes: [...NON_RETRYABLE]},
  });
  // Reads and writes small documents.
  const {keepStage, estimateStage} = proxyActivities<Activities>({
    taskQueue: taskQueue(project, 'cpu'),
    startToCloseTimeout: '1 min',
    heartbeatTimeout: HEARTBEAT,
    retry: {maximumAttempts: 50, maximumInterval: '1 min', nonRetryableErrorTypes: [...NON_RETRYABLE]},
  });
  // Hours or days. A dead worker costs the heartbeat time-out; the next attempt re-attaches to the running trainer, or
  // goes on from the last checkpoint. The activity itself counts attempts without a new checkpoint (NoProgress): a
  // pre-empted node is no failure. Cancelling waits until the trainer has really stopped.
  const {trainAdapter} = proxyActivities<Activities>({
    taskQueue: taskQueue(project, 'gpu'),
    startToCloseTimeout: '7 d',
    heartbeatTimeout: HEARTBEAT,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: {initialInterval: '1 s', maximumInterval: '1 min', nonRetryableErrorTypes: [...NON_RETRYABLE]},
  });
  return {renderTrainingSet, checkParity, keepStage, estimateStage, trainAdapter};
}

/** Dataset version → LoRA adapter, as safetensors and (where llama.cpp has a layout for it) as GGUF, checked for equal loss on the engine. */
export async function train(input: StageInput): Promise<TrainingResult> {
  const {request, key} = input;
  const {renderTrainingSet, checkParity, keepStage, estimateStage, trainAdapter} = activities(
    request.project,
  );
  upsertSearchAttributes(
    ratchetAttributes({project: request.project, stage: 'train', dataset: request.inputs.dataset!}),
  );
  return whileWaitedFor(input, async () => {
    setCurrentDetails('renders the training set');
    const set = await renderTrainingSet.executeWithOptions({summary: 'rows → prompts and completions'}, [
      {request},
    ]);
    const estimate = await estimateStage.executeWithOptions({summary: 'what it will cost'}, [
      {request, key, units: set.trainRows},
    ]);
    setCurrentDetails(
      `trains on ${set.trainRows} rows, validates on ${set.validationRows}; ${estimate.line}`,
    );
    const trained = await trainAdapter.executeWithOptions({summary: `LoRA on ${set.trainRows} rows`}, [
      {request, key, set},
    ]);
    setCurrentDetails(`${trained.steps} steps done; compares the engine's loss with the trainer's`);
    const parity = await checkParity.executeWithOptions({summary: 'equal loss of trainer and engine'}, [
      {request, set, trained},
    ]);
    const result: TrainingResult = {...trained, parity};
    const {safetensors, gguf, config} = trained.adapter;
    const artifacts = [safetensors, ...(gguf ? [gguf] : []), config, trained.events, trained.scores];
    await keepStage.executeWithOptions({summary: 'keep the adapter under its key'}, [
      {request, key, result, artifacts},
    ]);
    setCurrentDetails(`adapter ${short(trained.adapter.digest)} after ${trained.steps} steps`);
    return result;
  });
}
