import {WorkflowFailedError, type Client} from '@temporalio/client';

/** How a run ended that nobody attends: its innermost error's line, or `it did not fail`. */
export async function endOf(client: Client, run: string): Promise<string> {
  try {
    await client.workflow.getHandle(run).result();
    return 'it did not fail';
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    let cause: Error = error;
    while (cause.cause instanceof Error) cause = cause.cause;
    return cause.message;
  }
}
