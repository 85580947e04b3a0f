import {z} from 'zod';
import {holderOf, takingAway} from '../../core/rollout/moves.ts';
import type {ActivityContext} from '../context.ts';
import {activity} from '../activity.ts';
import {currentRun} from './current-run.ts';

const OrphanInput = z.strictObject({project: z.string().min(1)});

/**
 * Takes away what a rollout left whose workflow runs no more: one that was terminated has no way back of its own. The rollout ends
 * by it, so neither a reset nor an attempt that was thought dead gives the candidate its share again. Nothing happens while its
 * workflow runs, or where there is none. Gives the workflow ID of the one that it ended.
 */
export const endOrphanedRollout = activity(
  'cpu',
  OrphanInput,
  async ({project}, context: Pick<ActivityContext, 'client' | 'stores'>): Promise<string | null> => {
    const {pointers} = context.stores;
    const seen = await pointers.read(project);
    if (seen === null || holderOf(seen) === null) return null;
    const {status, deployment} = await pointers.move(project, async (current) => {
      const left = holderOf(current);
      if (left === null || (await currentRun(left.by, context)) !== null) return {refusal: 'nothing is left'};
      const why = 'back to stable: its workflow ended without taking the candidate away';
      return {move: {...takingAway(current, left), by: left.by, why}};
    });
    return status === 'moved' ? deployment.by : null;
  },
);
