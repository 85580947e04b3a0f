import path from 'node:path';
import type {TrainerSpec} from '../../../activities/train/trainer-spec.ts';

/** What the fake trainer needs: it ends when there is a file `ROOT/end`. */
export const spec = (root: string): TrainerSpec => ({
  v: 1,
  base: {kind: 'hf', path_or_id: path.join(root, 'model')},
  train_file: '',
  validation_file: '',
  golden_digests_file: '',
  config: {},
  threads: 1,
  score_rows: 1,
  gguf: 'required',
  resume: 'auto',
});
