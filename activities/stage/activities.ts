import {z} from 'zod';
import {Digest, type ArtifactRef} from '../../schemas/artifact.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {stageWorkflowId} from '../../schemas/names.ts';
import {Report, type GauntletResult} from '../../schemas/report.ts';
import {ResolvedProject} from '../../schemas/resolved-project.ts';
import {StageRequest} from '../../schemas/stage.ts';
import type {CurateResult} from '../../schemas/stages/curate.ts';
import {CACHED_STAGES, type CachedStage} from '../../schemas/stages/stages.ts';
import {known} from '../../schemas/tolerant.ts';
import type {Stores} from '../../stores/stores.ts';
import {activity} from '../activity.ts';
import type {ActivityContext} from '../context.ts';
import {datasetParts} from '../curate/dataset-parts.ts';
import {stageKey} from './key.ts';

export interface ResolvedStage {
  readonly key: string;
  readonly workflowId: string;
  /** The stage's result, if it is kept and all its artifacts exist. */
  readonly hit: unknown;
}

/** Computes the stage's key and looks for its result. */
export const resolveStage = activity(
  'cpu',
  StageRequest,
  async (request, {stores}): Promise<ResolvedStage> => {
    const key = stageKey(request, await stores.artifacts.getJson(request.resolved, ResolvedProject));
    const found = await stores.cache.find(request.stage, key);
    return {
      key,
      workflowId: stageWorkflowId(request.stage, request.project, key),
      hit: found === null ? null : knownPart(request.stage, found.result),
    };
  },
);

/** What this version knows of a result: those that ask for it hand its parts to activities, which take nothing else. */
function knownPart(stage: CachedStage, result: unknown): unknown {
  const {success, data} = known<z.ZodType>(CACHED_STAGES[stage].result).safeParse(result);
  return success ? data : result;
}

/** Keeps a finished stage's result where resolveStage finds it. Throws ArtifactMissing if a part of it is not in the store. */
export const keepStage = activity(
  'cpu',
  z.object({request: StageRequest, key: Digest, result: z.unknown()}),
  async (
    {request, key, result: given},
    {project, stores}: Pick<ActivityContext, 'project' | 'stores'>,
  ): Promise<void> => {
    const {stage} = request;
    const declared = CACHED_STAGES[stage];
    const result = declared.result.parse(given);
    const artifacts = [
      ...declared.artifacts(result as never),
      ...(await PARTS[stage](result as never, project, stores)),
    ];
    for (const ref of artifacts) {
      if (!(await stores.artifacts.exists(ref)))
        throw new RatchetError(
          'ArtifactMissing',
          `${stage}: its artifact ${ref.uri} is not in the store: run it again`,
        );
    }
    const at = new Date().toISOString();
    await stores.cache.store({v: 1, stage, key, project: request.project, at, result, artifacts});
  },
);

/** What a result consists of beside the references in it: too many for a history, and none of them may be gone. */
const PARTS: Record<
  CachedStage,
  (result: never, project: string, stores: Stores) => Promise<readonly ArtifactRef[]>
> = {
  curate: async ({dataset}: CurateResult, project, stores) =>
    datasetParts(stores, await stores.registry.dataset(project, dataset)),
  train: async () => [],
  sweep: async () => [],
  gauntlet: async ({report}: GauntletResult, _project, stores) =>
    Object.values((await stores.artifacts.getJson(report, Report)).samples),
};
