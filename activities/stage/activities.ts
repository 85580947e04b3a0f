import {WorkflowFailedError} from '@temporalio/client';
import {WorkflowNotFoundError} from '@temporalio/common';
import {CancelledFailure} from '@temporalio/common';
import {RatchetError} from '../../schemas/errors.ts';
import {stageWorkflowId} from '../../schemas/names.ts';
import type {ArtifactRef} from '../../schemas/artifact.ts';
import {Provenance} from '../../schemas/dataset.ts';
import {CurateResult, ResolvedProject, StageRequest} from '../../schemas/stage.ts';
import type {Activity, ActivityContext} from '../context.ts';
import type {Activities} from '../contract.ts';
import {parse} from '../parse.ts';
import {codeVersion} from './code-version.ts';
import {stageKey} from './key.ts';

/** Computes the stage's key and looks for its result. Throws WrongProjectKey if this worker hashes rows with another key. */
export async function resolveStage(
  input: StageRequest,
  context: ActivityContext,
): ReturnType<Activities['resolveStage']> {
  const request = parse(StageRequest, input, 'resolveStage');
  const resolved = await context.stores.artifacts.getJson(request.resolved, ResolvedProject);
  const key = stageKey(request, resolved, await codeVersion(request.stage));
  const found = await context.stores.cache.find(request.stage, key);
  return {key, workflowId: stageWorkflowId(request.stage, request.project, key), hit: found?.result ?? null};
}

/** Waits for a stage that another run started, and gives its result or its failure. */
export async function awaitStage(
  input: {workflowId: string},
  context: ActivityContext,
  activity: Activity,
): Promise<unknown> {
  const client = await context.client();
  const aborted = new Promise<never>((_, reject) => {
    activity.signal.addEventListener('abort', () => reject(new CancelledFailure('the run was cancelled')), {
      once: true,
    });
  });
  activity.progress({
    done: 0,
    total: 0,
    unit: '',
    note: `waits for ${input.workflowId}, which another run started`,
  });
  try {
    return await Promise.race([client.workflow.getHandle(input.workflowId).result(), aborted]);
  } catch (error) {
    if (error instanceof WorkflowFailedError && error.cause) throw error.cause;
    throw error;
  }
}

/** Asks for the cancellation of a stage that nobody waits for; one that has ended meanwhile needs none. */
export async function abandonStage(
  input: {workflowId: string; runId: string},
  context: ActivityContext,
): Promise<void> {
  const client = await context.client();
  try {
    await client.workflow.getHandle(input.workflowId, input.runId).cancel();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

/** Puts a finished stage's result where resolveStage finds it. */
export async function keepStage(
  input: Parameters<Activities['keepStage']>[0],
  context: ActivityContext,
): Promise<void> {
  const {request, key, result} = input;
  const artifacts = [...input.artifacts, ...(request.stage === 'curate' ? await parts(result, context) : [])];
  for (const ref of artifacts) {
    if (!(await context.stores.artifacts.exists(ref))) {
      throw new RatchetError(
        'ArtifactMissing',
        `${request.stage}: its artifact ${ref.uri} is not in the store: run it again`,
      );
    }
  }
  await context.stores.cache.store({
    v: 1,
    stage: request.stage,
    key,
    project: request.project,
    at: new Date().toISOString(),
    result,
    artifacts,
  });
}

/** What a dataset version consists of beside its manifest: too many references for a history, and none of them may be gone. */
async function parts(
  result: unknown,
  {project, stores}: Pick<ActivityContext, 'project' | 'stores'>,
): Promise<ArtifactRef[]> {
  const {index, golden, provenance} = await stores.registry.dataset(
    project,
    CurateResult.parse(result).dataset,
  );
  const {shards, dropLog, ledger} = await stores.artifacts.getJson(provenance, Provenance);
  return [index, golden, provenance, dropLog, ledger, ...shards.map(({ref}) => ref)];
}
