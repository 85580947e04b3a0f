import type {Client, WorkflowExecutionDescription} from '@temporalio/client';
import {PROGRESS} from '../schemas/messages.ts';
import type {LifecycleProgress, Progress, StageProgress} from '../schemas/messages.ts';
import {decodePayload} from '../temporal/payload-codec/decode-payload.ts';

/** A question that a worker must answer: not longer than this, so that a dead worker does not stop the view. */
const QUERY_MS = 4_000;

/** A run as Temporal knows it. */
export interface RunNow {
  readonly running: boolean;
  /** Undefined where no worker answers, as while one is restarted. */
  readonly view: LifecycleProgress | undefined;
}

/**
 * A run as it is now; stages in work carry what their own workflow and its running activities say. Throws what describe
 * throws: WorkflowNotFoundError for an unknown run, a gRPC error where Temporal is away.
 */
export async function runNow(client: Client, runId: string): Promise<RunNow> {
  const handle = client.workflow.getHandle(runId);
  const {status} = await client.withDeadline(Date.now() + QUERY_MS, () => handle.describe());
  const board = await ask<LifecycleProgress>(client, runId);
  const view = board && {
    ...board,
    stages: await Promise.all(board.stages.map((stage) => withWork(client, stage))),
  };
  return {running: status.name === 'RUNNING', view};
}

/** The `progress` query; undefined where nobody answers, as while a worker is restarted. */
async function ask<T>(client: Client, workflowId: string): Promise<T | undefined> {
  try {
    return await client.withDeadline(Date.now() + QUERY_MS, () =>
      client.workflow.getHandle(workflowId).query<T>(PROGRESS),
    );
  } catch {
    return undefined;
  }
}

/** A stage in work, with what its workflow counts and what its activities beat. */
async function withWork(client: Client, stage: StageProgress): Promise<StageProgress> {
  if (stage.status !== 'running' || !stage.childWorkflowId) return stage;
  const id = stage.childWorkflowId;
  const description = await client
    .withDeadline(Date.now() + QUERY_MS, () => client.workflow.getHandle(id).describe())
    .catch(() => undefined);
  if (!description) return stage;
  const counted = await ask<Progress>(client, id);
  const progress = combine(stage.stage, counted, await beats(client, description));
  return progress ? {...stage, progress} : stage;
}

type Beat = Pick<Progress, 'done' | 'total' | 'unit'> & {readonly note?: string};

/** The last heartbeat of each running activity, as far as it says how far it is. */
async function beats(client: Client, {raw}: WorkflowExecutionDescription): Promise<Beat[]> {
  const payloads = (raw.pendingActivities ?? []).flatMap(
    ({heartbeatDetails}) => heartbeatDetails?.payloads?.[0] ?? [],
  );
  return (await Promise.all(payloads.map((payload) => decodePayload(client, payload)))).filter(isBeat);
}

function isBeat(details: unknown): details is Beat {
  return (
    typeof details === 'object' &&
    details !== null &&
    'done' in details &&
    typeof details.done === 'number' &&
    'total' in details &&
    typeof details.total === 'number' &&
    'unit' in details &&
    typeof details.unit === 'string'
  );
}

/**
 * What the workflow has counted, and in the same unit what is in work; what only activities count is theirs. A workflow
 * that has counted everything leaves the word to the activity that comes after.
 */
export function combine(
  stage: string,
  counted: Progress | undefined,
  beating: readonly Beat[],
): Progress | undefined {
  const [first] = beating;
  if (counted && counted.total > 0 && counted.done < counted.total) {
    const same = beating.filter(({unit}) => unit === counted.unit);
    const inWork = same.reduce((sum, {done}) => sum + done, 0);
    const note = counted.note || (first ? (first.note ?? '') || said(first) : '');
    return {...counted, done: Math.min(counted.total, counted.done + inWork), note};
  }
  if (!first) return counted;
  const same = beating.filter(({unit}) => unit === first.unit);
  return {
    stage,
    done: same.reduce((sum, {done}) => sum + done, 0),
    total: same.reduce((sum, {total}) => sum + total, 0),
    unit: first.unit,
    note: first.note ?? '',
  };
}

/** `120 of 300 records`; nothing where the whole is not known. */
function said({done, total, unit}: Beat): string {
  return total > 0 ? `${done} of ${total} ${unit}` : '';
}
