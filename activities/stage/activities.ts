import {WorkflowFailedError} from '@temporalio/client';
import {WorkflowNotFoundError} from '@temporalio/common';
import {ApplicationFailure, CancelledFailure} from '@temporalio/common';
import {RatchetError} from '../../schemas/errors.ts';
import {stageWorkflowId} from '../../schemas/names.ts';
import type {ArtifactRef} from '../../schemas/artifact.ts';
import {GauntletResult, Report} from '../../schemas/report.ts';
import {CurateResult, ResolvedProject, StageRequest} from '../../schemas/stage.ts';
import type {Activity, ActivityContext} from '../context.ts';
import type {Activities, StageEnd} from '../contract.ts';
import {datasetParts} from '../curate/dataset-parts.ts';
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

/**
 * Waits for a stage that another run started. Its failure is a result here: thrown, it would look to Temporal like this
 * activity's own, and be tried again for ever.
 */
export async function awaitStage(
  input: {workflowId: string},
  context: ActivityContext,
  activity: Activity,
): Promise<StageEnd> {
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
    const result: unknown = await Promise.race([
      client.workflow.getHandle(input.workflowId).result(),
      aborted,
    ]);
    return {status: 'done', result};
  } catch (error) {
    if (error instanceof WorkflowFailedError) return failureOf(error);
    throw error;
  }
}

function failureOf({cause}: WorkflowFailedError): StageEnd {
  let inner = cause;
  while (inner && !(inner instanceof ApplicationFailure) && inner.cause instanceof Error) inner = inner.cause;
  return inner instanceof ApplicationFailure
    ? {status: 'failed', type: inner.type ?? 'Error', message: inner.message}
    : {status: 'gone'};
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
  const artifacts = [...input.artifacts, ...(await parts(request.stage, result, context))];
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

/** What a result consists of beside the references in it: too many for a history, and none of them may be gone. */
async function parts(
  stage: StageRequest['stage'],
  result: unknown,
  {project, stores}: Pick<ActivityContext, 'project' | 'stores'>,
): Promise<ArtifactRef[]> {
  if (stage === 'gauntlet') {
    const {samples} = await stores.artifacts.getJson(GauntletResult.parse(result).report, Report);
    return Object.values(samples);
  }
  if (stage !== 'curate') return [];
  const version = await stores.registry.dataset(project, CurateResult.parse(result).dataset);
  return datasetParts(stores, version);
}
