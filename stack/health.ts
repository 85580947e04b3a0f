import {connected} from './temporal.ts';
import type {TemporalAccess} from './temporal.ts';

/** The server at this URL answers with 2xx within 2 s. */
export async function answersHttp(url: string): Promise<void> {
  const response = await fetch(url, {signal: AbortSignal.timeout(2_000)}).catch((error: Error) => {
    throw new Error(`${url}: ${reason(error)}`);
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
}

/** Temporal answers, and knows the namespace. */
export async function answersTemporal(access: TemporalAccess): Promise<void> {
  const {address, namespace} = access;
  try {
    const connection = await connected(access);
    await connection.withDeadline(Date.now() + 2_000, () =>
      connection.workflowService.describeNamespace({namespace}),
    );
  } catch (error) {
    throw new Error(`Temporal at ${address}: ${reason(error as Error)}`, {cause: error});
  }
}

/** temporal.api.enums.v1.TaskQueueType */
const TASK_QUEUE_TYPE = {workflow: 1, activity: 2} as const;

/** The process `pid` polls this task queue: the SDK's identity of a worker starts with its process number. */
export async function polls(
  access: TemporalAccess,
  queue: string,
  kind: keyof typeof TASK_QUEUE_TYPE,
  pid: number,
): Promise<void> {
  const connection = await connected(access);
  const {pollers} = await connection.withDeadline(Date.now() + 2_000, () =>
    connection.workflowService.describeTaskQueue({
      namespace: access.namespace,
      taskQueue: {name: queue},
      taskQueueType: TASK_QUEUE_TYPE[kind],
    }),
  );
  if (!pollers.some((poller) => poller.identity?.startsWith(`${pid}@`)))
    throw new Error(`does not poll ${queue} yet`);
}

function reason(error: Error): string {
  const cause = error.cause instanceof Error ? error.cause.message : '';
  return (cause || error.message || error.name).split('\n')[0]!;
}
