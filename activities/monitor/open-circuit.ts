import {z} from 'zod';
import {circuitHolds} from '../../core/drift/breaker.ts';
import {ProvedAct} from '../../schemas/access.ts';
import type {AuditEntry} from '../../schemas/audit.ts';
import {followedChain} from '../../stores/audit/followed-chain.ts';
import type {ActivityContext} from '../context.ts';
import {activity} from '../activity.ts';
import {monitorSettings} from './monitor-settings.ts';
import {pastRetrains} from './past-retrains.ts';

/**
 * Why a project's circuit is open, by its runs, its audit chain and its ratchet.yaml; null while it is closed. Where the policy
 * in force names an admin, only a reset that a permitted person signed closes it.
 */
export const openCircuit = activity(
  'cpu',
  z.strictObject({project: z.string()}),
  async ({project}, context: Pick<ActivityContext, 'stores' | 'file'>): Promise<string | null> => {
    const {circuitBreaker} = await monitorSettings({project}, context);
    const {acts} = await followedChain(context.stores, project).read();
    const resetAt = acts.reset === null ? null : closedAt(acts.reset);
    return circuitHolds(await pastRetrains({project}, context), resetAt, circuitBreaker);
  },
);

/** ms since the epoch: what was signed reaches no further than its signature, whatever time the entry says. */
function closedAt({at, data}: AuditEntry): number {
  const {data: signed} = ProvedAct.safeParse(data['signed']);
  return Math.min(Date.parse(at), Date.parse(signed?.payload.expiry ?? at));
}
