import type {Client} from '@temporalio/client';
import {decodePayload} from '../temporal/payload-codec/decode-payload.ts';

/** A running workflow with what it was started with, read from its history. */
export interface RunningWorkflow {
  readonly workflowId: string;
  readonly runId: string;
  readonly input: unknown;
}

/** The running workflows of one type of a project. */
export async function runningWorkflows(
  client: Client,
  project: string,
  type: 'approval' | 'rollout',
): Promise<RunningWorkflow[]> {
  const query = `WorkflowType = '${type}' AND ExecutionStatus = 'Running' AND RatchetProject = '${project}'`;
  const running: RunningWorkflow[] = [];
  for await (const {workflowId, runId} of client.workflow.list({query}))
    running.push({workflowId, runId, input: await startedWith(client, workflowId, runId)});
  return running;
}

/** What a workflow was started with, from the first event of its history. */
export async function startedWith(client: Client, workflowId: string, runId: string): Promise<unknown> {
  const {history} = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: {workflowId, runId},
    maximumPageSize: 1,
  });
  const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  const payload = started?.input?.payloads?.[0];
  return payload ? decodePayload(client, payload) : undefined;
}
