import {z} from 'zod';
import {circuitHolds} from '../../core/drift/breaker.ts';
import type {ActivityContext} from '../context.ts';
import {parse} from '../parse.ts';
import {monitorSettings} from './monitor-settings.ts';
import {pastRetrains} from './past-retrains.ts';

/** Why a project's circuit is open, by its runs, its audit chain and its ratchet.yaml; null while it is closed. */
export async function openCircuit(
  input: {project: string},
  context: Pick<ActivityContext, 'stores' | 'file'>,
): Promise<string | null> {
  const {project} = parse(z.strictObject({project: z.string()}), input, 'openCircuit');
  const {circuitBreaker} = await monitorSettings({project}, context);
  let resetAt: number | null = null;
  for await (const {kind, data, at} of context.stores.audit(project).entries())
    if (kind === 'circuit' && data['closed'] === true) resetAt = Date.parse(at);
  return circuitHolds(await pastRetrains({project}, context), resetAt, circuitBreaker);
}
