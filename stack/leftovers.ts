import {stillRuns} from '../host/process-identity.ts';
import {endAll, gone} from './end-processes.ts';
import {JOB_GRACE_MS, runningJobs} from './jobs.ts';
import {readStack, stackPaths} from './stack-file.ts';

/**
 * Ends the processes that a folder's stack.json names and whose supervisor is gone, and the training jobs: each only if
 * it is still the very process that was recorded. Returns the names of those that were still there.
 */
export async function endLeftovers(folder: string, graceMs = 5_000): Promise<string[]> {
  const state = readStack(folder);
  if (!state || stillRuns(state.supervisor)) return [];
  // The reaper may be at it right now; it ends by itself when it has done its work.
  if (state.reaper) await gone([state.reaper], graceMs);
  const left = Object.entries(state.pids).filter(([, identity]) => stillRuns(identity));
  await endAll(
    left.map(([, identity]) => identity),
    graceMs,
  );
  const jobs = runningJobs(stackPaths(folder).jobs);
  await endAll(jobs, JOB_GRACE_MS);
  return [...left.map(([name]) => name), ...jobs.map((job) => `training job ${job.pid}`)];
}
