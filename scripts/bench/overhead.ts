import {fileURLToPath} from 'node:url';
import type {Client} from '@temporalio/client';
import {bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker} from '@temporalio/worker';
import {withTemporal} from '../../cli/temporal.ts';
import type {OverheadInput} from './overhead-workflow.ts';
import {cpuOf, NO_PROC, type Measured} from './proc.ts';
import {onTinyStack, type TinyStack} from './tiny-stack.ts';

/** Milliseconds an activity. */
interface Cost {
  readonly wallMs: number;
  /** Of all three processes together. */
  readonly cpuMs: Measured;
  readonly temporalCpuMs: Measured;
  readonly cpuWorkerCpuMs: Measured;
  readonly workflowWorkerCpuMs: number;
}

export interface OverheadBench {
  readonly activities: number;
  /** One after the other. */
  readonly sequence: Cost;
  readonly batches: Cost & {readonly atOnce: number};
}

const QUEUE = 'ratchet/bench/overhead';
const SERVER = 'temporal';
const WORKER = 'worker-cpu-1';

/**
 * What Temporal costs an activity: the launcher's dev server, our own cpu worker as the stack starts it, and a workflow worker
 * in this process, set like ours, whose workflow does nothing but call.
 */
export async function benchOverhead({
  activities = 200,
  atOnce = 20,
}: {readonly activities?: number; readonly atOnce?: number} = {}): Promise<OverheadBench> {
  Runtime.install({logger: new DefaultLogger('ERROR'), shutdownSignals: []});
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./overhead-workflow.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  });
  return onTinyStack(
    async (stack) => {
      const connection = await NativeConnection.connect({address: stack.supervisor.state().temporal});
      try {
        const worker = await Worker.create({
          connection,
          workflowBundle,
          taskQueue: QUEUE,
          maxCachedWorkflows: 100,
        });
        return await worker.runUntil(
          withTemporal(stack.project, async (client) => {
            const input = {project: stack.project.config.project, activities};
            await cost(stack, client, {...input, activities: 20, atOnce: 5});
            return {
              activities,
              sequence: await cost(stack, client, {...input, atOnce: 1}),
              batches: {atOnce, ...(await cost(stack, client, {...input, atOnce}))},
            };
          }),
        );
      } finally {
        await connection.close();
      }
    },
    {only: [SERVER, WORKER]},
  );
}

async function cost({supervisor}: TinyStack, client: Client, input: OverheadInput): Promise<Cost> {
  const {pids} = supervisor.state();
  const cpu = (): (number | undefined)[] => [
    cpuOf(pids[SERVER]!.pid)?.own,
    cpuOf(pids[WORKER]!.pid)?.own,
    (process.cpuUsage().user + process.cpuUsage().system) / 1e6,
  ];
  const before = cpu();
  const started = performance.now();
  await client.workflow.execute('overhead', {
    workflowId: `overhead/${crypto.randomUUID()}`,
    taskQueue: QUEUE,
    args: [input],
  });
  const wallMs = (performance.now() - started) / input.activities;
  const [server, worker, own] = cpu().map((after, i) =>
    after === undefined || before[i] === undefined
      ? undefined
      : ((after - before[i]) * 1000) / input.activities,
  );
  return {
    wallMs,
    cpuMs: server === undefined || worker === undefined ? NO_PROC : server + worker + own!,
    temporalCpuMs: server ?? NO_PROC,
    cpuWorkerCpuMs: worker ?? NO_PROC,
    workflowWorkerCpuMs: own!,
  };
}
