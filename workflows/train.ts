import {setCurrentDetails, upsertSearchAttributes} from '@temporalio/workflow';
import {short} from '../schemas/names.ts';
import type {TrainingResult} from '../schemas/training.ts';
import {documents, rows, training} from './activities.ts';
import type {StageInput} from './find-or-run.ts';
import {ratchetAttributes} from './search-attributes.ts';
import {whileWaitedFor} from './while-waited-for.ts';

/** Grouped by how long they run. */
function activities(project: string) {
  // Renders rows and writes a file; compares losses on some rows.
  const {renderTrainingSet, checkParity} = rows(project, 3);
  const {keepStage, estimateStage} = documents(project);
  const {trainAdapter} = training(project);
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
    await keepStage.executeWithOptions({summary: 'keep the adapter under its key'}, [{request, key, result}]);
    setCurrentDetails(`adapter ${short(trained.adapter.digest)} after ${trained.steps} steps`);
    return result;
  });
}
