import {isUngated} from '../../core/releases/models.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import type {ProjectConfig} from '../../schemas/project.ts';
import type {Release} from '../../schemas/release.ts';
import type {Stores} from '../../stores/stores.ts';

/**
 * The release that `gauntlet.anchor` names; null without one, and while the first stable was never replaced. `first` is the first one
 * that was judged among stable and its parents, each of which was stable when the next one was made. Throws InvalidInput where a digest names no release of the project.
 */
export async function anchorOf(
  anchor: ProjectConfig['gauntlet']['anchor'],
  project: string,
  stable: Release,
  {registry}: Pick<Stores, 'registry'>,
): Promise<Release | null> {
  if (anchor === undefined || isUngated(stable)) return null;
  if (anchor !== 'first') {
    try {
      return await registry.release(project, anchor);
    } catch (error) {
      if (!(error instanceof RatchetError && error.type === ErrorType.InvalidInput)) throw error;
      throw new RatchetError(
        ErrorType.InvalidInput,
        `gauntlet.anchor: expected a release of ${project}, got ${anchor}: name one that \`ratchet releases\` lists`,
      );
    }
  }
  return firstOf(stable, registry);
}

/** Back by the parents to the first release that was judged. A chain that leads nowhere, or in a circle, ends where it does. */
async function firstOf(stable: Release, registry: Stores['registry']): Promise<Release> {
  const seen = new Set([stable.digest]);
  let first = stable;
  for (let {parent} = stable; parent !== null && !seen.has(parent);) {
    seen.add(parent);
    const release = await registry.release(stable.project, parent);
    if (!isUngated(release)) first = release;
    parent = release.parent;
  }
  return first;
}
