import {known} from '../../schemas/tolerant.ts';
import {TrainingResult} from '../../schemas/training.ts';
import type {Stores} from '../stores.ts';

/** The kept result of the training, or of the sweep, that made this adapter. */
export async function trainingOf(
  {cache}: Pick<Stores, 'cache'>,
  adapter: string,
): Promise<{
  readonly stage: 'sweep' | 'train';
  readonly key: string;
  readonly result: TrainingResult;
} | null> {
  // A sweep keeps its winner as the winner's own training, too.
  for (const stage of ['sweep', 'train'] as const)
    for await (const entry of cache.all(stage)) {
      const result = known(TrainingResult).safeParse(entry.result);
      if (result.success && result.data.adapter.digest === adapter)
        return {stage, key: entry.key, result: result.data};
    }
  return null;
}
