import {AREA_TITLES} from '../core/releases/in-words.ts';
import {composeRelease} from '../core/releases/compose.ts';
import {adapterOf, answersNothing, isUngated} from '../core/releases/models.ts';
import {changes} from '../core/releases/changes.ts';
import {PART_AREAS, partsOf} from '../core/releases/release-parts.ts';
import {RatchetError} from '../schemas/errors.ts';
import {short} from '../schemas/names.ts';
import type {Release} from '../schemas/release.ts';
import {ResolvedProject} from '../schemas/resolved-project.ts';
import type {Given} from '../schemas/stage.ts';
import type {ArtifactRef} from '../schemas/artifact.ts';
import type {Project} from '../stack/project-file.ts';
import type {Stores} from '../stores/stores.ts';
import {givenBy, hasFinished, type Asked} from './given-stages.ts';

const OPTION = '--only prompts';

/**
 * The data and the adapter of what is stable now, for a candidate whose prompts alone differ: the gates judge whether an adapter
 * that was trained with other prompts takes them. Throws InvalidInput where nothing is released yet, where the prompts are
 * stable's own, where something besides them differs, and where what stable was made of is gone.
 */
export async function givenOfStable(
  stable: Release | null,
  stores: Stores,
  project: Project,
  resolved: ArtifactRef,
): Promise<Given> {
  const {project: name} = project.config;
  if (stable === null || answersNothing(stable) || isUngated(stable))
    throw wrong(`no release of ${name} has been promoted yet: start a run without it`);
  const config = await stores.artifacts.getJson(resolved, ResolvedProject);
  const adapter = adapterOf(stable);
  refuseOtherChanges(stable, composeRelease(config, {adapter, parent: stable.digest, dataset: null}));
  const asked: Asked = {option: OPTION, needs: adapter === null ? ['curate'] : ['curate', 'train']};
  const runs = await Array.fromAsync(stores.registry.runs(name));
  const former = runs.findLast((run) => run.release === stable.digest && hasFinished(run, asked));
  if (former === undefined)
    throw wrong(`no run that made release ${short(stable.digest)} is in the store: start a run without it`);
  return givenBy(former, asked, {stores, project, resolved});
}

function refuseOtherChanges(stable: Release, candidate: Release): void {
  const [before, after] = [partsOf(stable), partsOf(candidate)];
  const different = PART_AREAS.flatMap((area) => {
    const [first] = changes(before[area], after[area]);
    return first === undefined ? [] : [{area, part: first.part}];
  });
  const other = different.find(({area}) => area !== 'prompts');
  if (other !== undefined) {
    const title = AREA_TITLES[other.area].toLowerCase();
    throw wrong(
      `${title} of release ${short(stable.digest)} ${title.endsWith('s') ? 'differ' : 'differs'}, too (${other.part}): start a run without it, or undo that`,
    );
  }
  if (different.length === 0)
    throw wrong(`the prompts are those of release ${short(stable.digest)}: there is nothing to judge`);
}

function wrong(what: string): RatchetError {
  return new RatchetError('InvalidInput', `${OPTION}: ${what}`);
}
