import {TrainingResult} from '../training.ts';
import {defineStage} from './define-stage.ts';
import {trainingArtifacts, trainingOperation, trainingSettings} from './train.ts';

/** Dataset version → the LoRA adapter of the best of several hyperparameters. */
export const sweep = defineStage({
  name: 'sweep',
  version: 1,
  result: TrainingResult,
  inputs: ['dataset', 'init?'],
  unit: 'rows',
  settings: trainingSettings,
  operation: trainingOperation,
  artifacts: trainingArtifacts,
});
