import {monitorWorkflowId, retrainWorkflowId} from '../../schemas/names.ts';
import {executionOf, type Execution} from '../access/executions.ts';
import type {ActivityContext} from '../context.ts';

/** The retrain that a run is of, and what started that. */
export interface RetrainOf {
  readonly retrain: Execution;
  readonly starter: Execution;
}

/**
 * The retrain of which Temporal says that it started this run as its child: then settings and data are those of the worker,
 * chosen by nobody. A sentence why not, where it is none, or a client started it.
 */
export async function retrainOf(
  {run, project}: {readonly run: string; readonly project: string},
  context: Pick<ActivityContext, 'client'>,
): Promise<RetrainOf | string> {
  const own = await executionOf({workflowId: run}, context);
  const expected = retrainWorkflowId(project);
  if (own?.parent?.workflowId !== expected)
    return `it was started by ${own?.parent?.workflowId ?? 'a client'}, expected ${expected}`;
  const retrain = await executionOf(own.parent, context);
  if (retrain?.type !== 'retrain')
    return `${expected} is of type ${retrain?.type ?? 'none'}, expected retrain`;
  const starter = retrain.parent === null ? null : await executionOf(retrain.parent, context);
  if (starter === null)
    return `${expected} was started by a client, expected the monitor, a schedule or ratchet retrain`;
  return {retrain, starter};
}

/** Whether this is what starts a retrain for that reason: the project's monitor, or the workflow that a schedule of it starts. */
export function startsFor(reason: string, project: string, {type, workflowId}: Execution): boolean {
  if (reason !== 'schedule') return type === 'monitor' && workflowId === monitorWorkflowId(project);
  return type === 'startRetrain' && workflowId.startsWith(`start-schedule/${project}/`);
}
