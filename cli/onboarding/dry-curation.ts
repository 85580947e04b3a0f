import {curateSettings} from '../../schemas/stages/curate.ts';
import {readBands, rowShingles} from '../../core/curation/fingerprint.ts';
import {joinRows} from '../../core/curation/join-rows.ts';
import {RecordWorker} from '../../core/curation/record-worker.ts';
import {rowText} from '../../core/curation/row-text.ts';
import type {ProcessedRow} from '../../schemas/processed.ts';
import type {ProjectConfig, Source} from '../../schemas/project.ts';
import type {Row, Split} from '../../schemas/row.ts';
import {labelledSources} from '../../stores/sources/mapping.ts';
import {readSource, rereadSource, type Found} from '../../stores/sources/read-source.ts';
import type {Project} from '../../stack/project-file.ts';

/** Records of each source that are looked at, where nothing else is asked for. */
export const LOOKED_AT = 20_000;

/** What curation would make of the project's sources now, without a store: nothing is written. */
export interface DryCuration {
  readonly sources: readonly {
    readonly name: string;
    /** Records that are there, as far as they were looked at; those above the source's `limit` are not read. */
    readonly records: number;
    readonly read: number;
    readonly kept: number;
    readonly whole: boolean;
  }[];
  readonly rows: readonly {readonly row: Row; readonly split: Split; readonly cluster: string}[];
  /** Why, by rule; `first` is one of them, by its place in the source. */
  readonly drops: Readonly<Record<string, {readonly rows: number; readonly first: string}>>;
  /** Personal data that was replaced, by kind. */
  readonly scrubbed: Readonly<Record<string, number>>;
}

/**
 * Curation's own code over at most `most` records of each source (all of them where there are fewer), in memory: transform,
 * scrub, rules, duplicates, splits. Depends on the row key as a run does, so a whole look gives the run's own splits.
 */
export async function dryCuration(
  project: Project,
  most: number,
  progress: Progress = () => undefined,
): Promise<DryCuration> {
  const {config, folder} = project;
  const rowKey = Buffer.from(project.rowKey, 'hex');
  const options = {folder, rowKey, input: config.input, split: config.curation.split};
  const worker = new RecordWorker(curateSettings(config), labelledSources(config), rowKey);
  const drops = new Drops();
  const processed: DryRow[] = [];
  const looks: Sampled[] = [];
  for (const source of config.sources) {
    const {looked, readable} = await sampled(source, options, {most, drops, progress});
    looks.push(looked);
    let done = 0;
    for (const [file, records] of Map.groupBy(readable, (record) => record.file))
      for await (const {content, label, group, time, ...at} of rereadSource(source, file, records, options)) {
        progress(() => `curates ${source.name}: ${done} of ${looked.read} rows`);
        const made = await worker.process({...at, source: source.name}, content, label, {group, time});
        done++;
        if (made.status === 'drop') drops.add(made.drop.rule, made.drop.record, made.drop.reason);
        else processed.push({...made, bandKeys: readBands(made.bands)});
      }
  }
  const rows = await placed(processed, config, drops, progress);
  const kept = (name: string): number => rows.filter(({row}) => row.source === name).length;
  return {
    sources: looks.map((look) => ({...look, kept: kept(look.name)})),
    rows,
    drops: drops.byRule,
    scrubbed: scrubbedOf(processed),
  };
}

type DryRow = ProcessedRow & {readonly bandKeys: ReturnType<typeof readBands>};
interface Sampled {
  readonly name: string;
  readonly records: number;
  readonly read: number;
  readonly whole: boolean;
}
type Progress = (what: () => string) => void;

class Drops {
  readonly byRule: Record<string, {rows: number; first: string}> = {};

  add(rule: string, record: string, reason: string): void {
    const known = this.byRule[rule];
    if (known) known.rows++;
    else this.byRule[rule] = {rows: 1, first: `${record}: ${reason}`};
  }
}

/** The records of a source that a run would take of the first `most`. */
async function sampled(
  source: Source,
  options: Parameters<typeof readSource>[1],
  {most, drops, progress}: {readonly most: number; readonly drops: Drops; readonly progress: Progress},
): Promise<{looked: Sampled; readable: Extract<Found, {status: 'read'}>[]}> {
  const found: Found[] = [];
  let whole = true;
  for await (const record of readSource(source, options)) {
    if (found.length === most) {
      whole = false;
      break;
    }
    found.push(record);
    progress(() => `reads ${source.name}: ${found.length} records`);
  }
  const chosen = found
    .toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
    .slice(0, source.limit ?? Infinity);
  for (const record of chosen)
    if (record.status === 'malformed') drops.add('malformed', `${record.file}:${record.line}`, record.reason);
  return {
    looked: {name: source.name, records: found.length, read: chosen.length, whole},
    readable: chosen.filter((record) => record.status === 'read'),
  };
}

/** Without duplicates, each in its split. */
async function placed(
  processed: readonly DryRow[],
  {curation: {near_duplicates: near, decontaminate, split}}: ProjectConfig,
  drops: Drops,
  progress: Progress,
): Promise<{row: Row; split: Split; cluster: string}[]> {
  const joined = await joinRows({
    rows: processed.map((one) => ({
      id: one.row.id,
      source: one.row.source,
      label: one.row.label,
      digest: one.digest,
      exact: one.exact,
      group: one.row.group,
      time: one.time,
      one,
    })),
    bandKey: ({one}, band) => one.bandKeys?.[band] ?? null,
    shingles: ({one}) => rowShingles(rowText(one.row), {shingleWords: near.shingle_words}),
    text: ({one}) => rowText(one.row),
    former: new Map(),
    golden: new Map(),
    split,
    pause: async () => progress(() => `compares ${processed.length} rows with one another`),
    bands: near.bands,
    jaccard: near.jaccard,
    maxCluster: near.max_cluster,
    ngramWords: decontaminate.ngram_words,
    overlap: decontaminate.overlap,
  });
  return joined.placed.flatMap((place) => {
    if (place.status === 'kept')
      return [{row: place.row.one.row, split: place.split, cluster: place.cluster}];
    drops.add(place.rule, place.row.one.record, place.reason);
    return [];
  });
}

/** Personal data that was replaced, by kind. */
function scrubbedOf(rows: readonly DryRow[]): Record<string, number> {
  const all: Record<string, number> = {};
  for (const {scrubbed} of rows)
    for (const [entity, n] of Object.entries(scrubbed)) all[entity] = (all[entity] ?? 0) + n;
  return all;
}
