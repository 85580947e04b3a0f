import {z} from 'zod';
import {ArtifactRef, Digest} from '../artifact.ts';
import type {ProjectConfig} from '../project.ts';
import {defineStage} from './define-stage.ts';
import {without} from './without.ts';

export const CurateResult = z.strictObject({
  dataset: Digest,
  manifest: ArtifactRef,
  rowsIn: z.int(),
  rowsKept: z.int(),
  drops: z.record(z.string(), z.int()),
  processed: z.int(),
  reused: z.int(),
});
export type CurateResult = z.infer<typeof CurateResult>;

export type CurateSettings = ReturnType<typeof curateSettings>;

/** What a dataset version depends on, beside its records. */
export function curateSettings({
  input,
  curation,
  tasks,
  sources,
  retrain,
}: Pick<ProjectConfig, 'input' | 'curation' | 'tasks' | 'sources' | 'retrain'>) {
  return {
    input,
    curation: without(curation, 'shard_records'),
    /** A record whose label is none of these is dropped. */
    labels: [...new Set(Object.values(tasks).flatMap((task) => task.labels ?? []))].sort(),
    ...aliasesOf(tasks),
    /** How records are read; where they are is no part of what they say. */
    sources: sources.map((source) => without(source, 'uri', 'follow_links')),
    golden: retrain.golden,
  };
}

/** Other spellings of labels; nothing where no task has any. */
function aliasesOf(tasks: ProjectConfig['tasks']): {label_aliases?: Record<string, string>} {
  const aliases = Object.assign({}, ...Object.values(tasks).map((task) => task.label_aliases)) as Record<
    string,
    string
  >;
  return Object.keys(aliases).length === 0 ? {} : {label_aliases: aliases};
}

/** Sources → a dataset version: scrubbed, without duplicates, split, apart from every golden set. */
export const curate = defineStage({
  name: 'curate',
  version: 2,
  result: CurateResult,
  inputs: ['records', 'golden'],
  unit: 'records',
  settings: ({config}) => curateSettings(config),
  operation: ({config}) => ({sources: config.sources}),
  artifacts: ({manifest}) => [manifest],
});
