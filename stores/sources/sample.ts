import {RatchetError} from '../../schemas/errors.ts';
import type {Source} from '../../schemas/project.ts';
import {openPlace} from './open-place.ts';
import {READERS} from './readers.ts';

/** The first records of a source with all their columns, before anybody has said which column is what. */
export interface Sample {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly malformed: number;
  /** Why, and on which line, the first malformed record is one. */
  readonly firstMalformed: string | null;
  /** Nothing lies behind these. */
  readonly whole: boolean;
}

/** At most `most` records of a table. Throws InvalidInput for a source without files, EmptySource without a record. */
export async function sampleSource(
  {uri, format}: {readonly uri: string; readonly format: Exclude<Source['format'], 'mail'>},
  folder: string,
  most: number,
  progress: (what: () => string) => void = () => undefined,
): Promise<Sample> {
  const place = await openPlace({uri}, folder);
  const files = await place.files();
  if (files.length === 0)
    throw new RatchetError('InvalidInput', `no file matches ${uri} (seen from ${folder})`);
  const reader = READERS[format];
  const rows: Readonly<Record<string, unknown>>[] = [];
  let malformed = 0;
  let firstMalformed: string | null = null;
  for (const file of files) {
    const columns = (await reader.columns?.(place, file)) ?? [];
    for await (const entry of reader.read(place, file, columns)) {
      progress(() => `reads ${file}: ${rows.length + malformed} records`);
      if (rows.length + malformed >= most) return {rows, malformed, firstMalformed, whole: false};
      if (entry.status === 'read') rows.push(entry.value as Readonly<Record<string, unknown>>);
      else {
        malformed++;
        firstMalformed ??= `${file}:${entry.line}: ${entry.reason}`;
      }
    }
  }
  if (rows.length === 0)
    throw new RatchetError(
      'EmptySource',
      firstMalformed === null
        ? `${uri} holds no record: expected rows, in a CSV below its header line`
        : `${uri} holds no record that can be read as ${format}; the first: ${firstMalformed}`,
    );
  return {rows, malformed, firstMalformed, whole: true};
}
