import {scrubId} from '../../core/curation/pii/scrub-id.ts';
import {RatchetError} from '../../schemas/errors.ts';
import type {Source} from '../../schemas/project.ts';
import type {SourcePlace} from './place.ts';

/**
 * What each file is called in plans, drop logs and messages: its name, with a person's address or number in it scrubbed as in
 * ids. Throws InvalidInput where two files would be called the same.
 */
export function shownNames(
  files: readonly string[],
  source: Source,
  rowKey: Uint8Array,
): Map<string, string> {
  const shown = new Map(files.map((file) => [file, scrubId(file, rowKey)]));
  const seen = new Set<string>();
  for (const name of shown.values()) {
    if (seen.has(name))
      throw new RatchetError(
        'InvalidInput',
        `source "${source.name}": two files are called ${name} once personal data in their names is replaced: rename one of them`,
      );
    seen.add(name);
  }
  return shown;
}

/** The file that is shown under this name; the name itself where nothing in it was scrubbed. */
export async function fileShownAs(name: string, place: SourcePlace, rowKey: Uint8Array): Promise<string> {
  if (!/<[A-Z]+_[0-9a-f]+>/.test(name)) return name;
  return (await place.files()).find((file) => scrubId(file, rowKey) === name) ?? name;
}

/** An error of the sources, whose message may name a file: it stands in histories and logs. */
export function withoutPersonalData(error: unknown, rowKey: Uint8Array): unknown {
  if (!(error instanceof RatchetError)) return error;
  const message = scrubId(error.message, rowKey);
  // What caused it says the same in its own words.
  return message === error.message ? error : new RatchetError(error.type, message);
}
