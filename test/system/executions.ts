import type {Client} from '@temporalio/client';

export type Counts = Readonly<Record<string, number>>;

/** How many executions of each workflow type there are. */
export async function executionsByType(client: Client): Promise<Counts> {
  const counts: Record<string, number> = {};
  for await (const {type} of client.workflow.list()) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}

/** How many more there are than before, types without any left out. */
export function more(after: Counts, before: Counts): Counts {
  return Object.fromEntries(
    Object.entries(after)
      .map(([type, n]) => [type, n - (before[type] ?? 0)] as const)
      .filter(([, n]) => n !== 0),
  );
}

/** Names of the signals that the newest of at least two trainings got; none while there is but one. */
export async function signalsToTheSecondTraining(client: Client): Promise<string[]> {
  const trainings = await Array.fromAsync(client.workflow.list({query: "WorkflowType = 'train'"}));
  if (trainings.length < 2) return [];
  const newest = trainings.sort((a, b) => b.startTime.getTime() - a.startTime.getTime())[0]!;
  const {events} = await client.workflow.getHandle(newest.workflowId, newest.runId).fetchHistory();
  return (events ?? []).flatMap((e) => e.workflowExecutionSignaledEventAttributes?.signalName ?? []);
}
