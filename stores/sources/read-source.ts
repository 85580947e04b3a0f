import {createHmac} from 'node:crypto';
import {RatchetError} from '../../schemas/errors.ts';
import {scrubId} from '../../core/curation/pii/scrub-id.ts';
import type {ProjectConfig, Source} from '../../schemas/project.ts';
import type {Entry, Position} from './entry.ts';
import {Mapping, type MappedRecord, type SplitColumns} from './mapping.ts';
import {openPlace} from './open-place.ts';
import type {SourcePlace} from './place.ts';
import {READERS} from './readers.ts';
import {noFile} from './require-sources.ts';
import {fileShownAs, shownNames, withoutPersonalData} from './shown-name.ts';

/** Where one record of a source is, and what it is called. */
export interface Located extends Position {
  /** The source's own id (an address or number of a person in it scrubbed), else the first 16 hex digits of its keyed hash. */
  readonly id: string;
  /** Keyed hash (32 hex digits) over source, id, label and raw bytes: the same record, unchanged, has the same one. */
  readonly raw: string;
  /** Its name in the source, personal data in it scrubbed. */
  readonly file: string;
}
export type Found = Located &
  ({readonly status: 'read'} | {readonly status: 'malformed'; readonly reason: string});
export type Reread = Located & MappedRecord;

export interface ReadOptions {
  /** Folder of ratchet.yaml. */
  readonly folder: string;
  readonly rowKey: Uint8Array;
  readonly input: ProjectConfig['input'];
  readonly split?: SplitColumns;
}

/**
 * Every record of a source, in the order of its files; malformed ones too, with the reason.
 * Throws InvalidInput for a source without files or with an unknown column, AccessDenied, EmptySource where there is no record.
 */
export async function* readSource(
  source: Source,
  options: ReadOptions,
): AsyncGenerator<Found, void, undefined> {
  try {
    yield* recordsOf(source, options);
  } catch (error) {
    throw withoutPersonalData(error, options.rowKey);
  }
}

/** These records of one file again, in their order. Throws InvalidInput where the file has changed since it was read. */
export async function* rereadSource(
  source: Source,
  file: string,
  wanted: readonly Located[],
  options: ReadOptions,
): AsyncGenerator<Reread, void, undefined> {
  try {
    yield* recordsAgain(source, file, wanted, options);
  } catch (error) {
    throw withoutPersonalData(error, options.rowKey);
  }
}

async function* recordsOf(source: Source, options: ReadOptions): AsyncGenerator<Found, void, undefined> {
  const place = await openPlace(source, options.folder);
  const files = await place.files();
  if (files.length === 0) throw noFile([source], options.folder);
  const shown = shownNames(files, source, options.rowKey);
  const reader = READERS[source.format];
  const mapping = new Mapping(source, options.input, options.split);
  const stems = source.format === 'mail' ? fileStems(files) : null;
  const unseen = new Set(source.format === 'mail' ? [] : mapping.required);
  const columns = new Set<string>();
  let empty = true;
  for (const file of files) {
    const known = await reader.columns?.(place, file);
    if (known) requireColumns(source, file, known, mapping.required);
    for await (const entry of reader.read(place, file, mapping.columns)) {
      empty = false;
      if (!known && unseen.size > 0 && entry.status === 'read' && !(entry.value instanceof Uint8Array))
        for (const column of Object.keys(entry.value)) {
          unseen.delete(column);
          if (columns.size < 100) columns.add(column);
        }
      yield locate(entry, {
        source,
        file: shown.get(file)!,
        mapping,
        rowKey: options.rowKey,
        stem: stems?.get(file),
      });
    }
    if (known) unseen.clear();
  }
  if (empty) throw new RatchetError('EmptySource', `source "${source.name}": ${place.uri} holds no record`);
  if (unseen.size > 0 && columns.size > 0) requireColumns(source, place.uri, [...columns], [...unseen]);
}

async function* recordsAgain(
  source: Source,
  shown: string,
  wanted: readonly Located[],
  options: ReadOptions,
): AsyncGenerator<Reread, void, undefined> {
  const place: SourcePlace = await openPlace(source, options.folder);
  const file = await fileShownAs(shown, place, options.rowKey);
  const mapping = new Mapping(source, options.input, options.split);
  const at = [...wanted].sort((a, b) => a.offset - b.offset);
  let next = 0;
  for await (const entry of READERS[source.format].reread(place, file, at, mapping.columns)) {
    const asked = at[next];
    if (asked === undefined) return;
    if (entry.offset < asked.offset) continue;
    const stem = source.format === 'mail' ? asked.id : undefined;
    const found = locate(entry, {source, file: shown, mapping, rowKey: options.rowKey, stem});
    if (found.raw !== asked.raw || entry.status !== 'read') break;
    yield {...asked, ...mapping.map(entry.value), id: asked.id};
    next++;
  }
  if (next < at.length)
    throw new RatchetError(
      'InvalidInput',
      `source "${source.name}": ${shown} has changed since it was read (line ${at[next]!.line}): run again`,
    );
}

const A_TIME = 'expected one such as 2026-01-31, 2026-01-31T12:30:00Z, or seconds since 1970';

interface LocateOptions {
  readonly source: Source;
  readonly file: string;
  readonly mapping: Mapping;
  readonly rowKey: Uint8Array;
  readonly stem: string | undefined;
}

function locate(entry: Entry, {source, file, mapping, rowKey, stem}: LocateOptions): Found {
  const {line, offset, length, bytes} = entry;
  const mapped = entry.status === 'read' ? mapping.map(entry.value) : undefined;
  const given = stem ?? mapped?.id;
  const own = given === undefined ? undefined : scrubId(given, rowKey);
  const hash = createHmac('sha256', rowKey)
    .update(`raw\0${source.name}\0${own ?? ''}\0${mapped?.label ?? ''}\0`)
    .update(bytes)
    .digest('hex');
  const located = {id: own ?? hash.slice(0, 16), raw: hash.slice(0, 32), file, line, offset, length};
  if (entry.status === 'malformed') return {...located, status: 'malformed', reason: entry.reason};
  if (mapping.hasId && own === undefined && source.format !== 'mail')
    return {...located, status: 'malformed', reason: `no id in column "${source.fields!.id}"`};
  if (mapping.timeColumn !== undefined && mapped?.time === undefined && source.format !== 'mail')
    return {...located, status: 'malformed', reason: `no time in column "${mapping.timeColumn}": ${A_TIME}`};
  return {...located, status: 'read'};
}

function requireColumns(
  source: Source,
  where: string,
  has: readonly string[],
  needs: readonly string[],
): void {
  const missing = needs.find((column) => !has.includes(column));
  if (missing === undefined) return;
  throw new RatchetError(
    'InvalidInput',
    `source "${source.name}": ${where} has no column "${missing}"; it has ${has.slice(0, 20).join(', ')}. Name it under fields`,
  );
}

/** Names of mail files: up to the first dot where that is unique in the source, else without the last extension. */
function fileStems(files: readonly string[]): Map<string, string> {
  const base = (file: string): string => file.slice(file.lastIndexOf('/') + 1);
  const short = (file: string): string => base(file).split('.', 1)[0] || base(file);
  const long = (file: string): string => file.replace(/\.[^./]*$/, '');
  const seen = new Map<string, number>();
  for (const file of files) seen.set(short(file), (seen.get(short(file)) ?? 0) + 1);
  return new Map(files.map((file) => [file, seen.get(short(file)) === 1 ? short(file) : long(file)]));
}
