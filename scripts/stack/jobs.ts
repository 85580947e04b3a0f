import {readFileSync, readdirSync} from 'node:fs';
import path from 'node:path';
import {stillRuns} from '../../stores/process-identity.ts';
import type {ProcessIdentity} from '../../stores/process-identity.ts';

/**
 * Training jobs outlive their worker, so that the next one goes on with them; they must not outlive the stack. Each has
 * its process in JOBS/NAME/process.json. SIGTERM lets it save a checkpoint, from which the next start resumes.
 */
export function runningJobs(jobs: string): ProcessIdentity[] {
  let names: string[];
  try {
    names = readdirSync(jobs);
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    try {
      const file = path.join(jobs, name, 'process.json');
      const identity = JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
      return stillRuns(identity) ? [identity] : [];
    } catch {
      return [];
    }
  });
}

/** How long a trainer may take to save, in ms. */
export const JOB_GRACE_MS = 30_000;
