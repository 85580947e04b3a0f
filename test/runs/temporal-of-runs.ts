import {
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowExecutionStatusName,
} from '@temporalio/client';
import type {LifecycleInput} from '../../schemas/stage.ts';

interface StartOptions {
  readonly workflowId: string;
  readonly taskQueue: string;
  readonly workflowIdReusePolicy: string;
  readonly args: readonly [LifecycleInput];
}

/** What a start and a cancellation need of Temporal: IDs that are taken once, and a network that can break. */
export class TemporalOfRuns {
  readonly started: StartOptions[] = [];
  readonly status = new Map<string, WorkflowExecutionStatusName>();
  /** `before`: no call arrives. `after`: a start arrives, its answer does not. */
  broken: 'before' | 'after' | null = null;
  payloadCodecs: readonly unknown[] = [];

  get client(): Client {
    const {payloadCodecs} = this;
    return {
      options: {namespace: 'default', loadedDataConverter: {payloadCodecs}},
      workflow: {
        start: async (_: string, options: StartOptions) => this.#start(options),
        getHandle: (id: string) => ({
          describe: async () => ({status: {name: this.#statusOf(id)}}),
          cancel: async () => void this.status.set(id, 'CANCELLED'),
        }),
      },
    } as unknown as Client;
  }

  #start(options: StartOptions): void {
    const {workflowId} = options;
    if (this.broken === 'before') throw away();
    if (this.status.has(workflowId))
      throw new WorkflowExecutionAlreadyStartedError(
        'Workflow execution already started',
        workflowId,
        'lifecycle',
      );
    this.status.set(workflowId, 'RUNNING');
    this.started.push(options);
    if (this.broken === 'after') throw away();
  }

  #statusOf(id: string): WorkflowExecutionStatusName {
    if (this.broken === 'before') throw away();
    const status = this.status.get(id);
    if (status === undefined) throw new WorkflowNotFoundError('workflow not found', id, undefined);
    return status;
  }
}

/** UNAVAILABLE, as the SDK tells it. */
function away(): ServiceError {
  const cause = Object.assign(new Error('14 UNAVAILABLE: No connection established'), {
    code: 14,
    details: 'No connection established',
    metadata: {},
  });
  return new ServiceError('Failed to start Workflow', {cause});
}
