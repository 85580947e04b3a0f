import {keyFingerprint} from '../core/identity/row-digest.ts';
import {RatchetError} from '../schemas/errors.ts';
import {CurateResult} from '../schemas/stages/curate.ts';
import {ResolvedProject} from '../schemas/resolved-project.ts';
import type {FromStage, Given} from '../schemas/stage.ts';
import {known} from '../schemas/tolerant.ts';
import {TrainingResult} from '../schemas/training.ts';
import type {ArtifactRef} from '../schemas/artifact.ts';
import type {Stores} from '../stores/stores.ts';
import type {Project} from '../stack/project-file.ts';

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
  const name = project.config.project;
  const needs = from === 'gauntlet' ? (['curate', 'train'] as const) : (['curate'] as const);
  const runs = await Array.fromAsync(stores.registry.runs(name));
  const former = runs.findLast(({stages}) => needs.every((stage) => stages[stage]?.key !== undefined));
  if (former === undefined)
    throw new RatchetError(
      'InvalidInput',
      `--from ${from}: no run of ${name} has finished ${needs.join(' and ')} yet: start one without --from`,
    );
  const result = async (stage: 'curate' | 'train'): Promise<{key: string; result: unknown}> => {
    const key = former.stages[stage]!.key!;
    const {cache} = stores;
    // An adapter that a sweep came to is kept under the sweep's key.
    const found =
      (await cache.find(stage, key)) ?? (stage === 'train' ? await cache.find('sweep', key) : null);
    if (found) return {key, result: found.result};
    throw new RatchetError(
      'InvalidInput',
      `--from ${from}: what ${stage} of ${former.id} made is not in the store any more: start a run without --from`,
    );
  };
  const curate = await result('curate');
  const data = known(CurateResult).parse(curate.result);
  const version = await stores.registry.dataset(name, data.dataset);
  const fingerprint = keyFingerprint(Buffer.from(project.rowKey, 'hex'));
  if (version.keyFingerprint !== fingerprint)
    throw new RatchetError(
      'InvalidInput',
      `--from ${from}: the rows of ${former.id} are named by the row key ${version.keyFingerprint}, this project has ${fingerprint}`,
    );
  const given: Given = {run: former.id, curate: {key: curate.key, result: data}};
  if (from === 'train') return given;
  const trained = await result('train');
  const training = known(TrainingResult).parse(trained.result);
  const {base} = await stores.artifacts.getJson(resolved, ResolvedProject);
  if (training.adapter.base !== base.sha256)
    throw new RatchetError(
      'InvalidInput',
      `--from ${from}: the adapter of ${former.id} is of another base model than base_model names now: --from train makes a new one`,
    );
  return {...given, train: {key: trained.key, result: training}};
}
