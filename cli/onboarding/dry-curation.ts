import {curateSettings} from '../../schemas/stages/curate.ts';
import {readBands, rowShingles} from '../../core/curation/fingerprint.ts';
import {joinRows} from '../../core/curation/join-rows.ts';
import {RecordWorker} from '../../core/curation/record-worker.ts';
import {rowText} from '../../core/curation/row-text.ts';
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
  progress: (what: () => string) => void = () => undefined,
): Promise<DryCuration> {
  const {config, folder} = project;
  const rowKey = Buffer.from(project.rowKey, 'hex');
  const options = {folder, rowKey, input: config.input, split: config.curation.split};
  const worker = new RecordWorker(curateSettings(config), labelledSources(config), rowKey);
  const drops: Record<string, {rows: number; first: string}> = {};
  const drop = (rule: string, record: string, reason: string): void => {
    const known = drops[rule];
    if (known) known.rows++;
    else drops[rule] = {rows: 1, first: `${record}: ${reason}`};
  };
  const processed = [];
  const looks: {name: string; records: number; read: number; whole: boolean}[] = [];
  const scrubbed: Record<string, number> = {};
  for (const source of config.sources) {
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
    const chosen = [...found]
      .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
      .slice(0, source.limit ?? Infinity);
    looks.push({name: source.name, records: found.length, read: chosen.length, whole});
    for (const record of chosen)
      if (record.status === 'malformed') drop('malformed', `${record.file}:${record.line}`, record.reason);
    const readable = chosen.filter((record) => record.status === 'read');
    for (const [file, records] of Map.groupBy(readable, (record) => record.file))
      for await (const {content, label, group, time, ...at} of rereadSource(source, file, records, options)) {
        progress(() => `curates ${source.name}: ${processed.length} of ${chosen.length} rows`);
        const made = await worker.process({...at, source: source.name}, content, label, {group, time});
        if (made.status === 'drop') {
          drop(made.drop.rule, made.drop.record, made.drop.reason);
          continue;
        }
        processed.push({...made, bandKeys: readBands(made.bands)});
        for (const [entity, n] of Object.entries(made.scrubbed))
          scrubbed[entity] = (scrubbed[entity] ?? 0) + n;
      }
  }

  const {near_duplicates: near, decontaminate, split} = config.curation;
  const {placed} = await joinRows({
    rows: processed.map((one) => ({
      ...{id: one.row.id, source: one.row.source, label: one.row.label},
      ...{digest: one.digest, exact: one.exact, group: one.row.group, time: one.time, one},
    })),
    bandKey: ({one}, band) => one.bandKeys?.[band] ?? null,
    shingles: ({one}) => rowShingles(rowText(one.row), {shingleWords: near.shingle_words}),
    text: ({one}) => rowText(one.row),
    ...{former: new Map(), golden: new Map(), split},
    pause: async () => progress(() => `compares ${processed.length} rows with one another`),
    ...{bands: near.bands, jaccard: near.jaccard, maxCluster: near.max_cluster},
    ...{ngramWords: decontaminate.ngram_words, overlap: decontaminate.overlap},
  });
  const rows: {row: Row; split: Split; cluster: string}[] = [];
  for (const place of placed) {
    if (place.status === 'kept')
      rows.push({row: place.row.one.row, split: place.split, cluster: place.cluster});
    else drop(place.rule, place.row.one.record, place.reason);
  }
  const kept = (name: string): number => rows.filter(({row}) => row.source === name).length;
  return {sources: looks.map((look) => ({...look, kept: kept(look.name)})), rows, drops, scrubbed};
}
