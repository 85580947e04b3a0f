import {z} from 'zod';
import {ArtifactRef} from './artifact.ts';
import {RowCounts} from './training.ts';

/** The rows of a training as prompts and completions. */
export const TrainingSet = z.object({
  train: ArtifactRef,
  validation: ArtifactRef,
  trainRows: z.int(),
  validationRows: z.int(),
  /** The chosen rows, by task and label. */
  rows: z.object({train: RowCounts, validation: RowCounts}).optional(),
  /** Ids of golden rows, one a line: the trainer refuses a set that holds one. */
  golden: ArtifactRef,
});
export type TrainingSet = z.infer<typeof TrainingSet>;
