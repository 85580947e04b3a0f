import {mkdtemp, mkdir, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {curateShard, joinShards, planCuration, shardCount} from '../../../activities/curate/activities.ts';
import {DatasetRows} from '../../../activities/curate/dataset-rows.ts';
import type {Activity, ActivityContext} from '../../../activities/context.ts';
import type {CurationPlanned} from '../../../activities/curate/plan-curation.ts';
import {keyFingerprint} from '../../../core/identity/row-digest.ts';
import {Provenance, type DatasetVersion} from '../../../schemas/dataset.ts';
import {ProjectConfig} from '../../../schemas/project.ts';
import {type DatasetRow, Drop, SPLITS} from '../../../schemas/row.ts';
import {LifecycleInput, StageRequest} from '../../../schemas/stage.ts';
import type {CurateResult} from '../../../schemas/stages/curate.ts';
import {openStores, type Stores} from '../../../stores/stores.ts';

export const ROW_KEY = Buffer.alloc(32, 7);

/** A project's settings, as a YAML gives them. */
export type Settings = Partial<Record<'sources' | 'input' | 'tasks' | 'curation' | 'retrain', unknown>>;

export function configOf(settings: Settings): ProjectConfig {
  return ProjectConfig.parse({
    version: 1,
    project: 'mail',
    input: {format: 'record', fields: ['text']},
    tasks: {
      triage: {kind: 'classification', labels: ['spam', 'ham'], inputs: ['text'], prompt: '{{text}}'},
    },
    gauntlet: {gates: [{metric: 'm', test: 'at-least', limit: 0}]},
    rollout: {steps: [{setWeight: 100}]},
    ...settings,
  });
}

export interface Curated {
  readonly planned: CurationPlanned;
  readonly shards: number;
  readonly result: CurateResult;
  readonly version: DatasetVersion;
  readonly provenance: Provenance;
  readonly rows: DatasetRow[];
  readonly drops: Drop[];
  /** What was said as progress. */
  readonly news: number;
}

/** A folder with sources and a store, and the curation's activities run in it as the workflow runs them. */
export class Workbench {
  readonly folder: string;
  readonly stores: Stores;

  private constructor(folder: string, stores: Stores) {
    this.folder = folder;
    this.stores = stores;
  }

  static async open(): Promise<Workbench> {
    const folder = await mkdtemp(path.join(tmpdir(), 'ratchet-curate-'));
    return new Workbench(folder, await openStores(path.join(folder, 'store')));
  }

  async remove(): Promise<void> {
    await rm(this.folder, {recursive: true, force: true});
  }

  /** As if no version had processed anything; what a parent processed is still found. */
  async forgetProcessed(): Promise<void> {
    await rm(path.join(this.folder, 'store/ledgers'), {recursive: true, force: true});
  }

  async write(name: string, content: string | Uint8Array): Promise<void> {
    await mkdir(path.dirname(path.join(this.folder, name)), {recursive: true});
    await writeFile(path.join(this.folder, name), content);
  }

  async jsonl(name: string, records: readonly unknown[]): Promise<void> {
    await this.write(name, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  }

  get context(): ActivityContext {
    const {folder, stores} = this;
    return {
      project: 'mail',
      folder,
      file: path.join(folder, 'ratchet.yaml'),
      stores,
      rowKey: ROW_KEY,
      engines: [],
      adapterFolder: folder,
      jobFolder: folder,
      environment: {trainer: '', trainerThreads: 1},
      client: () => Promise.reject(new Error('no Temporal in here')),
    };
  }

  async plan(
    settings: Settings,
    change: Partial<LifecycleInput> = {},
    activity: Activity = silent(),
  ): Promise<{planned: CurationPlanned; request: StageRequest}> {
    const config = configOf(settings);
    const base = {name: 'tiny', kind: 'gguf' as const, sha256: '0'.repeat(64)};
    const resolved = await this.stores.artifacts.putJson({v: 1, config, base});
    const input = LifecycleInput.parse({
      project: 'mail',
      resolved,
      startedBy: 'test',
      starterKey: '',
      reason: 'first',
      keyFingerprint: keyFingerprint(ROW_KEY),
      feedbackCut: null,
      parentDataset: null,
      priority: 3,
      ...change,
    });
    const planned = await planCuration({input}, this.context, activity);
    const {keyFingerprint: fingerprint} = input;
    const inputs = {records: planned.records, golden: planned.golden};
    const request = StageRequest.parse({
      stage: 'curate',
      project: 'mail',
      resolved,
      keyFingerprint: fingerprint,
      inputs,
      refs: {plan: planned.plan},
    });
    return {planned, request};
  }

  async curate(settings: Settings, change: Partial<LifecycleInput> = {}): Promise<Curated> {
    let news = 0;
    const activity = {...silent(), progress: () => void news++};
    const {planned, request} = await this.plan(settings, change, activity);
    const {plan} = planned;
    const shards = [];
    const count = await shardCount({plan}, this.context);
    for (let index = 0; index < count; index++)
      shards.push(await curateShard({request, plan, index}, this.context, activity));
    const result = await joinShards({request, plan, shards}, this.context, activity);
    const {artifacts, registry} = this.stores;
    const version = await registry.dataset('mail', result.dataset);
    const provenance = await artifacts.getJson(version.provenance, Provenance);
    const proven = await DatasetRows.open(this.stores, version, ROW_KEY);
    return {
      planned,
      shards: count,
      result,
      version,
      provenance,
      news,
      rows: await all(proven.of(...SPLITS)),
      drops: await all(artifacts.lines(provenance.dropLog, Drop)),
    };
  }
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

export function silent(signal = new AbortController().signal): Activity {
  return {
    progress: () => undefined,
    signal,
    shuttingDown: () => false,
    spend: () => undefined,
    attempt: 1,
    runId: 'execution-1',
    workflowId: 'curate/mail/test',
  };
}

/** Sentences that are unlike one another and pass the rules. */
export function sentence(i: number): string {
  const about = ['harbour', 'orchard', 'railway', 'library', 'mountain', 'bakery', 'theatre', 'garden'][
    i % 8
  ]!;
  const number = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven'][
    i % 11
  ]!;
  const day = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday'][i % 5]!;
  const tail = i.toString(26).replace(/[0-9]/g, (digit) => 'qrstuvwxyz'[Number(digit)]!);
  return `On ${day} the ${about} of ${tail} opened for ${number} visitors, who walked around ${tail} and wrote home about the ${about} before the rain came.`;
}
