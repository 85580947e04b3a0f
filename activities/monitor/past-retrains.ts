import {z} from 'zod';
import type {PastRetrain} from '../../core/drift/breaker.ts';
import type {RunRecord} from '../../schemas/run.ts';
import type {ActivityContext} from '../context.ts';
import {activity} from '../activity.ts';

/**
 * Retrains that nobody asked for by hand, oldest first; and every run that was promoted, since that ends a row of failures.
 */
export const pastRetrains = activity(
  'cpu',
  z.strictObject({project: z.string()}),
  async ({project}, {stores}: Pick<ActivityContext, 'stores'>): Promise<PastRetrain[]> => {
    const past: PastRetrain[] = [];
    for await (const run of stores.registry.runs(project)) {
      const promoted = outcomeOf(run);
      if (isRetrain(run) || promoted)
        past.push({run: run.id, startedAt: Date.parse(run.startedAt), promoted, byHand: !isRetrain(run)});
    }
    // Only the last ones can matter, and what a workflow carries is small.
    return past.slice(-50);
  },
);

function isRetrain({reason}: RunRecord): boolean {
  return reason === 'drift' || reason === 'schedule' || reason === 'new_data';
}

/** Null while nobody knows: it runs, or somebody cancelled it. */
function outcomeOf({status, outcome}: RunRecord): boolean | null {
  if (status === 'failed') return false;
  return status === 'done' ? outcome === 'promoted' : null;
}
