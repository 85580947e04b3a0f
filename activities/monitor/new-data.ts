import {RatchetError} from '../../schemas/errors.ts';
import type {ProjectConfig} from '../../schemas/project.ts';
import {changedSources, listSources} from '../curate/listing.ts';
import type {ActivityContext} from '../context.ts';

export interface NewData {
  /** Names of the sources that hold something else than when a dataset was last made of them. */
  readonly sources: readonly string[];
  /** Why that could not be told; null where it could. */
  readonly note: string | null;
}

/** Lists the sources, and reads none. One that cannot be listed must not keep the monitor from looking at answers. */
export async function newData(
  {project, sources}: Pick<ProjectConfig, 'project' | 'sources'>,
  {stores, folder}: Pick<ActivityContext, 'stores' | 'folder'>,
): Promise<NewData> {
  try {
    const changed = await changedSources(stores, project, await listSources(sources, folder));
    return {sources: changed, note: null};
  } catch (error) {
    if (!(error instanceof RatchetError) || error.retryable) throw error;
    return {sources: [], note: `the sources could not be listed: ${error.message}`};
  }
}
