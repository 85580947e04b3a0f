import {setTimeout as delay} from 'node:timers/promises';
import type {Client} from '@temporalio/client';
import {z} from 'zod';
import {openStores} from '../../stores/stores.ts';
import {startRun} from '../../cli/start-run.ts';
import {withTemporal} from '../../cli/temporal.ts';
import {
  nextAttempt,
  pendingActivities,
  type NextAttempt,
  type PendingActivity,
} from './pending-activities.ts';
import {onTinyStack} from './tiny-stack.ts';

/** What happened after a worker was killed by SIGKILL. */
interface Resumed {
  /** The activity that it was at. */
  readonly activity: string;
  /** Seconds from the kill to the next attempt's first heartbeat, by the server's clock, which is this machine's. */
  readonly seconds: number;
  /** `start`: the attempt had ended before a heartbeat was seen; the time is its start's, at which it beats, too. */
  readonly by: NextAttempt['by'];
}

export interface ResumeBench {
  readonly gpuWorker: Resumed;
  readonly cpuWorker: Resumed;
  readonly target: {readonly seconds: 30; readonly met: boolean};
}

/** How long the run may take to come to the work that is to be interrupted, and to come back to it. */
const WITHIN_MS = 300_000;
const LOOK_MS = 100;
/** Short work may end in the very moment between the look and the kill: another one is hit then. */
const KILLS = 4;

const Steps = z.object({done: z.number().positive()});

/** kill -9 of the gpu worker in a training, then of a cpu worker in a gauntlet, in one run of the tiny project. */
export async function benchResume(): Promise<ResumeBench> {
  return onTinyStack(({project, starter}) =>
    withTemporal(project, async (client) => {
      const stores = await openStores(project.store);
      const run = await startRun(client, stores, project, starter);
      // A step of the training is done; a batch of answers is in work.
      const gpuWorker = await killAt(
        client,
        run,
        ({type, details}) => type === 'trainAdapter' && Steps.safeParse(details).success,
      );
      const cpuWorker = await killAt(client, run, ({type}) => type === 'answerBatch');
      const met = Math.max(gpuWorker.seconds, cpuWorker.seconds) <= 30;
      return {gpuWorker, cpuWorker, target: {seconds: 30, met}};
    }),
  );
}

/** Kills the worker of an activity that is `wanted` and has beaten, and waits until the work goes on. */
async function killAt(
  client: Client,
  run: string,
  wanted: (activity: PendingActivity) => boolean,
): Promise<Resumed> {
  for (let kill = 0; kill < KILLS; kill++) {
    const hit = await until(client, run, 'nothing to be interrupted', async (pending) =>
      pending.find((one) => wanted(one) && one.beatAt !== undefined && one.pid !== undefined),
    );
    process.kill(hit.pid!, 'SIGKILL');
    const killedAt = Date.now();
    const again = await until(client, run, `${hit.type} did not go on`, (pending) =>
      nextAttempt(client, hit, pending),
    );
    if (again !== null) return {activity: hit.type, seconds: (again.at - killedAt) / 1000, by: again.by};
  }
  throw new Error(`each of ${KILLS} kills came after the end of the work it should have interrupted`);
}

/** Looks at a run again and again, until there is what is looked for. Throws if the run ends or time is up before. */
async function until<T>(
  client: Client,
  run: string,
  what: string,
  look: (pending: PendingActivity[]) => Promise<T | undefined>,
): Promise<T> {
  const deadline = Date.now() + WITHIN_MS;
  while (Date.now() < deadline) {
    const found = await look(await pendingActivities(client, run));
    if (found !== undefined) return found;
    const {status} = await client.workflow.getHandle(run).describe();
    if (status.name !== 'RUNNING') throw new Error(`${what}: the run is ${status.name}`);
    await delay(LOOK_MS);
  }
  throw new Error(`${what} within ${WITHIN_MS / 1000} s`);
}
