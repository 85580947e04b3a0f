import {digestOf} from '../../core/identity/digest.ts';
import type {ResolvedProject} from '../../schemas/resolved-project.ts';
import type {StageRequest} from '../../schemas/stage.ts';
import {CACHED_STAGES, type CachedStage} from '../../schemas/stages/stages.ts';
import {inputsOf} from './stage-activity.ts';

/** A stage's key: sha256(stage, declared version, keyed settings, fingerprint of the row key, digests of its inputs). */
export function stageKey(request: StageRequest, project: ResolvedProject): string {
  const stage = CACHED_STAGES[request.stage];
  return digestOf({
    stage: stage.name,
    version: stage.version,
    project: request.project,
    settings: digestOf(stage.settings(project)),
    rowKey: request.keyFingerprint,
    inputs: inputsOf(stage, request),
  });
}

/** A stage's declared version where a sha256 is expected: in dataset versions. */
export function versionDigest(stage: CachedStage): string {
  return digestOf({stage, version: CACHED_STAGES[stage].version});
}
