import {RatchetError} from '../../schemas/errors.ts';
import {stageWorkflowId} from '../../schemas/names.ts';
import type {ArtifactRef} from '../../schemas/artifact.ts';
import {GauntletResult, Report} from '../../schemas/report.ts';
import {CurateResult, ResolvedProject, StageRequest} from '../../schemas/stage.ts';
import type {ActivityContext} from '../context.ts';
import type {Activities} from '../contract.ts';
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
