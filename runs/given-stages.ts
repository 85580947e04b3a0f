import {keyFingerprint} from '../core/identity/row-digest.ts';
import {RatchetError} from '../schemas/errors.ts';
import {CurateResult} from '../schemas/stages/curate.ts';
import {ResolvedProject} from '../schemas/resolved-project.ts';
import {baseOf} from '../schemas/task-models.ts';
import type {FromStage, Given} from '../schemas/stage.ts';
import {known} from '../schemas/tolerant.ts';
import {TrainingResult} from '../schemas/training.ts';
import type {RunRecord} from '../schemas/run.ts';
import type {ArtifactRef} from '../schemas/artifact.ts';
import type {Stores} from '../stores/stores.ts';
import type {Project} from '../stack/project-file.ts';

/** Which stages a run does not ask for, and how its starter said so. */
export interface Asked {
  /** `--from gauntlet` */
  readonly option: string;
  readonly needs: readonly ('curate' | 'train')[];
}

/**
 * What the stages before `from` made in the latest run that got so far: its dataset, and for the gauntlet its adapter. Throws
 * InvalidInput where no run did, where what it made is gone, and where it cannot go on with the project as it is now: another
 * row key, another base model.
 */
export async function givenBefore(
  from: FromStage,
  stores: Stores,
  project: Project,
  resolved: ArtifactRef,
): Promise<Given> {
  const {project: name, training} = project.config;
  const trains = from === 'gauntlet' && training !== 'none';
  const asked: Asked = {option: `--from ${from}`, needs: trains ? ['curate', 'train'] : ['curate']};
  const runs = await Array.fromAsync(stores.registry.runs(name));
  const former = runs.findLast((run) => hasFinished(run, asked));
  if (former === undefined)
    throw new RatchetError(
      'InvalidInput',
      `${asked.option}: no run of ${name} has finished ${asked.needs.join(' and ')} yet: start one without it`,
    );
  return givenBy(former, asked, {stores, project, resolved});
}

export function hasFinished({stages}: RunRecord, {needs}: Asked): boolean {
  return needs.every((stage) => stages[stage]?.key !== undefined);
}

/** What these stages made in a run. Throws as {@link givenBefore} does. */
export async function givenBy(
  former: RunRecord,
  {option, needs}: Asked,
  {
    stores,
    project,
    resolved,
  }: {readonly stores: Stores; readonly project: Project; readonly resolved: ArtifactRef},
): Promise<Given> {
  const result = async (stage: 'curate' | 'train'): Promise<{key: string; result: unknown}> => {
    const key = former.stages[stage]!.key!;
    const {cache} = stores;
    // An adapter that a sweep came to is kept under the sweep's key.
    const found =
      (await cache.find(stage, key)) ?? (stage === 'train' ? await cache.find('sweep', key) : null);
    if (found) return {key, result: found.result};
    throw new RatchetError(
      'InvalidInput',
      `${option}: what ${stage} of ${former.id} made is not in the store any more: start a run without it`,
    );
  };
  const curate = await result('curate');
  const data = known(CurateResult).parse(curate.result);
  const version = await stores.registry.dataset(project.config.project, data.dataset);
  const fingerprint = keyFingerprint(Buffer.from(project.rowKey, 'hex'));
  if (version.keyFingerprint !== fingerprint)
    throw new RatchetError(
      'InvalidInput',
      `${option}: the rows of ${former.id} are named by the row key ${version.keyFingerprint}, this project has ${fingerprint}`,
    );
  const given: Given = {run: former.id, curate: {key: curate.key, result: data}};
  if (!needs.includes('train')) return given;
  const trained = await result('train');
  const training = known(TrainingResult).parse(trained.result);
  const base = baseOf(await stores.artifacts.getJson(resolved, ResolvedProject));
  if (training.adapter.base !== base.sha256)
    throw new RatchetError(
      'InvalidInput',
      `${option}: the adapter of ${former.id} is of another base model than base_model names now: train one for it`,
    );
  return {...given, train: {key: trained.key, result: training}};
}
