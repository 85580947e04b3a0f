import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {runningJobs} from './jobs.ts';
import {signal, stillRuns} from '../host/process-identity.ts';

// Before a gpu worker's pod is stopped: a trainer outlives its worker on a machine, but not in a pod. Each is asked to save and
// stop, and waited for, while the worker is there to upload what it saves. Kubernetes sets the limit: the grace period.
const work = process.env['RATCHET_WORK'] || '.ratchet';
for (const job of runningJobs(path.join(work, 'jobs'))) {
  signal(job, 'SIGTERM');
  while (stillRuns(job)) await delay(100);
}
// The worker looks every 300 ms, then uploads.
await delay(5_000);
