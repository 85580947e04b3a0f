import {z} from 'zod';
import {digestOf} from '../../core/identity/digest.ts';
import type {Digest} from '../../schemas/artifact.ts';
import type {PromptVersion} from '../../schemas/release.ts';
import type {Stores} from '../../stores/stores.ts';

const STAGE = 'baseline-times';
const Times = z.record(z.string(), z.number().nonnegative());
export type Times = z.infer<typeof Times>;

/**
 * How long bag of words took for an answer, by task, in ms: as it was measured the first time, so that the same samples give the
 * same report. Of two that measure at once both go on with the first one's.
 */
export async function keptTimes(
  {cache}: Pick<Stores, 'cache'>,
  of: {
    readonly project: string;
    readonly dataset: Digest;
    readonly prompts: Readonly<Record<string, PromptVersion>>;
  },
  measured: Times,
): Promise<Times> {
  const {project, dataset, prompts} = of;
  const key = digestOf({stage: STAGE, dataset, prompts});
  const {result} =
    (await cache.find(STAGE, key)) ??
    (await cache.store({
      v: 1,
      stage: STAGE,
      key,
      project,
      at: new Date().toISOString(),
      result: measured,
      artifacts: [],
    }));
  return Times.parse(result);
}
