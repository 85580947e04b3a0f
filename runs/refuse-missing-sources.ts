import {RatchetError} from '../schemas/errors.ts';
import type {Source} from '../schemas/project.ts';
import {requireSources} from '../stores/sources/require-sources.ts';
import type {Project} from '../stack/project-file.ts';
import {externalTemporal} from '../stack/temporal.ts';

/**
 * Throws InvalidInput for a source without a file before anything is started for it. With workers elsewhere their files are what
 * counts: then `warn` gets the line, and the run refuses by itself what they lack.
 */
export async function refuseMissingSources(
  {folder}: Pick<Project, 'folder'>,
  sources: readonly Source[],
  warn: (line: string) => void,
): Promise<void> {
  try {
    await requireSources(sources, folder);
  } catch (error) {
    if (!(error instanceof RatchetError) || !externalTemporal()) throw error;
    warn(`${error.message}; workers on other machines may see it`);
  }
}
