import {RatchetError} from '../../schemas/errors.ts';
import type {Source} from '../../schemas/project.ts';
import {openPlace} from './open-place.ts';

/**
 * Throws InvalidInput where a source matches no file, and names all such sources: before anything is started, and before
 * others are read for minutes. Lists names only, no file is opened. Throws AccessDenied for a bucket that may not be listed.
 */
export async function requireSources(sources: readonly Source[], folder: string): Promise<void> {
  const empty: Source[] = [];
  for (const source of sources) {
    const place = await openPlace(source, folder);
    if ((await place.files()).length === 0) empty.push(source);
  }
  if (empty.length > 0) throw noFile(empty, folder);
}

/** One line for sources that hold no file. */
export function noFile(sources: readonly Pick<Source, 'name' | 'uri'>[], folder: string): RatchetError {
  const said = sources.map(({name, uri}) => `source "${name}": no file matches ${uri}`).join('; ');
  return new RatchetError(
    'InvalidInput',
    `${said} (seen from ${folder}): put the file there, or change \`uri\` in ratchet.yaml`,
  );
}
