import {z} from 'zod';
import type {ActivityContext} from '../context.ts';
import {currentProject} from '../current-project.ts';
import {activity} from '../activity.ts';

export interface MonitorSettings {
  readonly intervalMs: number;
  readonly coolDownMs: number;
  readonly circuitBreaker: number;
}

/** When to look, and when to hold, as ratchet.yaml says now. */
export const monitorSettings = activity(
  'cpu',
  z.strictObject({project: z.string()}),
  async ({project}, context: Pick<ActivityContext, 'file'>): Promise<MonitorSettings> => {
    const {monitor} = await currentProject(context, project);
    return {
      intervalMs: monitor.interval,
      coolDownMs: monitor.cool_down,
      circuitBreaker: monitor.circuit_breaker,
    };
  },
);
