import type {WorkflowHandle} from '@temporalio/client';

/** What a workflow shows of itself in the Temporal UI now, in Markdown; empty before it has said anything. */
export async function details(handle: WorkflowHandle): Promise<string> {
  const metadata = await handle.query<{currentDetails?: string}>('__temporal_workflow_metadata');
  return metadata.currentDetails ?? '';
}
