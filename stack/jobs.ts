import {readFileSync, readdirSync} from 'node:fs';
import path from 'node:path';
import {stillRuns} from '../host/process-identity.ts';
import type {ProcessIdentity} from '../host/process-identity.ts';

/**
 * Training jobs outlive their worker, so that the next one goes on with them; they must not outlive the stack. Each has
 * its processes in JOBS/NAME/process*.json, the last one last. SIGTERM lets it save a checkpoint, from which the next start resumes.
 */
export function runningJobs(jobs: string): ProcessIdentity[] {
  return namesIn(jobs).flatMap((name) => processesOf(path.join(jobs, name)));
}

/** Those that run, each once; a job that is being taken away has none. */
function processesOf(job: string): ProcessIdentity[] {
  const live = new Map<number, ProcessIdentity>();
  for (const name of namesIn(job)) {
    if (!/^process(-\d+)?\.json$/.test(name)) continue;
    try {
      const identity = JSON.parse(readFileSync(path.join(job, name), 'utf8')) as ProcessIdentity;
      if (stillRuns(identity)) live.set(identity.pid, identity);
    } catch {
      // Taken away meanwhile, or nobody's.
    }
  }
  return [...live.values()];
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** How long a trainer may take to save, in ms. */
export const JOB_GRACE_MS = 30_000;
