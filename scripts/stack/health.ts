import {Connection} from '@temporalio/client';
import {TaskQueueType} from './temporal-enums.ts';

/** The server at this URL answers with 2xx within 2 s. */
export async function answersHttp(url: string): Promise<void> {
  const response = await fetch(url, {signal: AbortSignal.timeout(2_000)}).catch((error: Error) => {
    throw new Error(`${url}: ${reason(error)}`);
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
}

const connections = new Map<string, Promise<Connection>>();

/** One connection an address for the life of the process; gRPC reconnects by itself when the server comes back. */
async function connected(address: string): Promise<Connection> {
  const known = connections.get(address);
  if (known) return known;
  const made = Connection.connect({address, connectTimeout: '2s'});
  connections.set(address, made);
  made.catch(() => connections.delete(address));
  return made;
}

/** Temporal answers, and knows the namespace. */
export async function answersTemporal(address: string, namespace: string): Promise<void> {
  try {
    const connection = await connected(address);
    await connection.withDeadline(Date.now() + 2_000, () =>
      connection.workflowService.describeNamespace({namespace}),
    );
  } catch (error) {
    throw new Error(`Temporal at ${address}: ${reason(error as Error)}`);
  }
}

/** The process `pid` polls this task queue: the SDK's identity of a worker starts with its process number. */
export async function polls(
  address: string,
  namespace: string,
  queue: string,
  kind: 'workflow' | 'activity',
  pid: number,
): Promise<void> {
  const connection = await connected(address);
  const {pollers} = await connection.withDeadline(Date.now() + 2_000, () =>
    connection.workflowService.describeTaskQueue({
      namespace,
      taskQueue: {name: queue},
      taskQueueType: TaskQueueType[kind],
    }),
  );
  if (!(pollers ?? []).some((poller) => poller.identity?.startsWith(`${pid}@`)))
    throw new Error(`does not poll ${queue} yet`);
}

function reason(error: Error): string {
  const cause = error.cause instanceof Error ? error.cause.message : '';
  return (cause || error.message || error.name).split('\n')[0]!;
}
