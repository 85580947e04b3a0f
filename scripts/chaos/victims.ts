import type {ProcessIdentity} from '../../host/process-identity.ts';
import type {TinyStack} from '../bench/tiny-stack.ts';
import {runningJobs} from '../../stack/jobs.ts';
import {stackPaths} from '../../stack/stack-file.ts';

/** What may die, and the part of the stack that it is; the trainer is a child of no part. */
export const VICTIMS = {
  'cpu worker': 'worker-cpu-1',
  'gpu worker': 'worker-gpu',
  'workflow worker': 'worker-workflow',
  trainer: null,
  gateway: 'gateway',
  engine: 'engine-1',
  'Temporal server': 'temporal',
} as const;
export type Victim = keyof typeof VICTIMS;

/** Its process now; undefined while there is none. */
export function processOf(victim: Victim, {project, supervisor}: TinyStack): ProcessIdentity | undefined {
  const part = VICTIMS[victim];
  if (part === null) return runningJobs(stackPaths(project.folder).jobs)[0];
  return supervisor.state().pids[part];
}

/** It answers again, as another process than the one that was killed. A trainer does so when its process is there. */
export function isBack(victim: Victim, killed: ProcessIdentity, stack: TinyStack): boolean {
  const now = processOf(victim, stack);
  if (now === undefined || (now.pid === killed.pid && now.startedAt === killed.startedAt)) return false;
  const part = VICTIMS[victim];
  return part === null || stack.supervisor.state().parts[part]?.status === 'ready';
}
