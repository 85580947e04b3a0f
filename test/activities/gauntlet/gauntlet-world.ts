import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {baseRelease, composeRelease} from '../../../core/releases/compose.ts';
import type {Activity, ActivityContext} from '../../../activities/context.ts';
import {
  answerBatch,
  judgeBatch,
  planGauntlet,
  prepareGauntlet,
  scoreGauntlet,
} from '../../../activities/gauntlet/activities.ts';
import {digestOf, sha256Hex} from '../../../core/identity/digest.ts';
import {datasetDigest} from '../../../core/identity/dataset-digest.ts';
import {rowDigest} from '../../../core/identity/row-digest.ts';
import type {DatasetVersion} from '../../../schemas/dataset.ts';
import {ProjectConfig, type ProjectYaml} from '../../../schemas/project.ts';
import type {Adapter, Release, ReleaseV1} from '../../../schemas/release.ts';
import {Report} from '../../../schemas/report.ts';
import {SPLITS, type DatasetRow, type Split} from '../../../schemas/row.ts';
import type {ResolvedProject} from '../../../schemas/resolved-project.ts';
import {baseOf} from '../../../schemas/task-models.ts';
import type {StageRequest} from '../../../schemas/stage.ts';
import {modelFile} from '../../../serving/engine/native.ts';
import {writeAdapterFolder} from '../../serving/engine/adapter-folder.ts';
import {projectOf, projectYaml} from '../../workflows/project-of.ts';

/** A mail that shows its class by its words, unless it is one of the hard ones. */
export interface MadeRow {
  readonly id: string;
  readonly label: 'spam' | 'ham';
  readonly split: Split;
  readonly hard?: boolean;
}

export function madeRows(counts: Readonly<Record<Split, number>>, prefix = 'm'): MadeRow[] {
  return SPLITS.flatMap((split) =>
    Array.from({length: counts[split]}, (_, i): MadeRow => ({
      id: `${prefix}-${split}-${i}`,
      label: i % 3 === 0 ? 'spam' : 'ham',
      split,
    })),
  );
}

export const TASKS: ProjectYaml['tasks'] = {
  triage: {
    kind: 'classification',
    labels: ['spam', 'ham'],
    inputs: ['subject', 'body'],
    trim: 'body',
    prompt: 'Subject: {{subject}}\nMessage: {{body}}\n\nspam or ham? Answer:',
  },
  subject: {
    kind: 'generation',
    inputs: ['body'],
    target: 'subject',
    max_output_tokens: 12,
    stop: ['\n'],
    prompt: 'Message: {{body}}\n\nThe subject line of this e-mail is:',
  },
};

/** A project with a dataset, a base release and one with an adapter, its gauntlet ready to be run without Temporal. */
export async function gauntletWorld(options: {
  readonly engines: readonly string[];
  readonly gauntlet?: Partial<ProjectYaml['gauntlet']>;
  readonly tasks?: ProjectYaml['tasks'];
  readonly rows?: readonly MadeRow[];
  readonly training?: ProjectYaml['training'];
  readonly models?: ProjectYaml['models'];
}) {
  const project = await projectOf('gauntlet-test');
  const context: ActivityContext = {
    ...project.context,
    engines: options.engines,
    environment: {...project.context.environment, model: await modelFile(undefined)},
  };
  const {stores} = context;
  const config = ProjectConfig.parse({
    ...projectYaml('gauntlet-test'),
    tasks: options.tasks ?? TASKS,
    input: {format: 'record', fields: ['subject', 'body']},
    ...(options.training === undefined ? {} : {training: options.training}),
    ...(options.models === undefined ? {} : {models: options.models}),
    gauntlet: {
      general_rows: 12,
      probe_rows: 9,
      perplexity_rows: 8,
      gates: [{metric: 'triage_balanced_accuracy', test: 'superiority', when: 'first'}],
      ...options.gauntlet,
    },
  } satisfies ProjectYaml);
  const resolved: ResolvedProject = {
    v: 1,
    config,
    base: {name: 'smollm2-135m-instruct', kind: 'gguf', sha256: sha256Hex('base')},
  };
  const resolvedRef = await stores.artifacts.putJson(resolved);
  const base = baseRelease(resolved);
  await stores.registry.putRelease(base);

  async function dataset(rows: readonly MadeRow[], parent?: DatasetVersion, known: readonly string[] = []) {
    return putDataset(context, rows, parent, new Set(known));
  }
  async function adapterRelease(seed: number, trainedOn: string, parent = base.digest): Promise<ReleaseV1> {
    const folder = join(context.jobFolder, `adapter-${seed}`);
    await mkdir(folder, {recursive: true});
    await writeAdapterFolder(folder, {seed, scale: 0.02});
    const put = (name: string, type: string) => stores.artifacts.putFile(join(folder, name), type);
    const safetensors = await put('adapter_model.safetensors', 'application/vnd.safetensors');
    const adapter: Adapter = {
      digest: safetensors.sha256,
      safetensors,
      config: await put('adapter_config.json', 'application/json'),
      gguf: await put('adapter.gguf', 'application/vnd.gguf'),
      base: baseOf(resolved).sha256,
      dataset: trainedOn,
      training: digestOf({seed}),
    };
    const release = composeRelease(resolved, {adapter, parent, dataset: null}) as ReleaseV1;
    await stores.registry.putRelease(release);
    return release;
  }
  /** The models as they come, with these guardrails: other ones make another release that asks the same. */
  async function plainRelease(guardrails: Partial<ProjectConfig['guardrails']> = {}): Promise<Release> {
    const changed = {...resolved, config: {...config, guardrails: {...config.guardrails, ...guardrails}}};
    const release = composeRelease(changed, {adapter: null, parent: base.digest, dataset: null});
    await stores.registry.putRelease(release);
    return release;
  }
  function request(inputs: Record<string, string>): StageRequest {
    return {
      stage: 'gauntlet',
      project: 'gauntlet-test',
      resolved: resolvedRef,
      keyFingerprint: 'f'.repeat(16),
      inputs: {base: base.digest, ...inputs},
      refs: {},
    };
  }
  /** All activities, one after another, as the workflow calls them. */
  async function run(inputs: Record<string, string>) {
    const asked = {request: request(inputs)};
    const plan = await planGauntlet(asked, context, quiet());
    await prepareGauntlet(asked, context, quiet());
    const answers = [];
    for (const batch of plan.batches) answers.push(await answerBatch({...asked, batch}, context, quiet()));
    const judged = [];
    for (const batch of plan.judging?.batches ?? []) {
      const compared = {candidate: answers[batch.candidate]!, stable: answers[batch.stable]!};
      judged.push(await judgeBatch({...asked, batch, answers: compared}, context, quiet()));
    }
    const result = await scoreGauntlet({...asked, plan, answers, judged}, context, quiet());
    const report = await stores.artifacts.getJson(result.report, Report);
    return {plan, answers, result, report};
  }
  const version = await dataset(
    options.rows ?? madeRows({train: 30, validation: 12, golden: 45, traffic: 0}),
  );
  return {
    context,
    config,
    stores,
    base,
    version,
    dataset,
    adapterRelease,
    plainRelease,
    request,
    run,
    remove: project.remove,
  };
}

export function quiet(): Activity {
  return {
    progress: () => undefined,
    signal: new AbortController().signal,
    shuttingDown: () => false,
    spend: () => undefined,
    attempt: 1,
    runId: 'execution-1',
    workflowId: 'test',
  };
}

function toRow({id, label, split, hard}: MadeRow, context: ActivityContext): DatasetRow {
  const number = Number(/\d+$/.exec(id)![0]);
  const word = hard ? 'notice' : label === 'spam' ? 'offer' : 'meeting';
  // What is learned from says nothing that a golden row says.
  const list = /-(train|validation)-\d+$/.exec(id)?.[1];
  const row = {
    id,
    source: 'mails',
    fields: {
      subject: `${word} number ${number}`,
      body: `This is about the ${word} number ${number}. Please read it and answer until Friday. It was sent by the office on the second floor, and it has enough words to be a mail.${list ? ` It went to the ${list} list.` : ''}`,
    },
    label,
    slices: number % 2 === 0 ? ['new-thread'] : [],
    language: 'en',
  };
  return {...row, digest: rowDigest(context.rowKey, row), cluster: id, split};
}

async function putDataset(
  context: ActivityContext,
  made: readonly MadeRow[],
  parent: DatasetVersion | undefined,
  known: ReadonlySet<string>,
): Promise<DatasetVersion> {
  const {artifacts, registry} = context.stores;
  const rows = made.map((row) => toRow(row, context));
  const config = sha256Hex('config');
  const tools = sha256Hex('tools');
  const digest = datasetDigest({
    rows: rows.map((row) => [row.digest, row.split] as const),
    golden: parent ? [parent.golden.sha256] : [],
    config,
    tools,
  });
  const of = (split: Split): DatasetRow[] => rows.filter((row) => row.split === split);
  const shards = [];
  for (const split of SPLITS) {
    const {ref, lines} = await artifacts.putLines(of(split));
    shards.push({ref, split, rows: lines});
  }
  const empty = (await artifacts.putLines([])).ref;
  const version: DatasetVersion = {
    v: 1,
    project: 'gauntlet-test',
    digest,
    config,
    tools,
    keyFingerprint: 'f'.repeat(16),
    golden: (
      await artifacts.putLines(
        of('golden').map((row) => ({
          id: row.id,
          digest: row.digest,
          cluster: row.cluster,
          since: parent && known.has(row.id) ? parent.digest : digest,
        })),
      )
    ).ref,
    index: (await artifacts.putLines(rows.map(({digest: row, split, id}) => ({digest: row, split, id})))).ref,
    counts: Object.fromEntries(SPLITS.map((split) => [split, of(split).length])) as Record<Split, number>,
    provenance: await artifacts.putJson({
      v: 1,
      dataset: digest,
      parents: parent ? [parent.digest] : [],
      shards,
      rowsIn: rows.length,
      rowsKept: rows.length,
      processed: rows.length,
      reused: 0,
      drops: {},
      dropLog: empty,
      sources: [{name: 'mails', uri: 'file:mails.jsonl', rows: rows.length, digest: sha256Hex('mails')}],
      scrubbed: {},
      labels: {ham: 1, spam: 1},
      removalBySource: {},
      alerts: [],
      tombstones: [],
      ledger: empty,
      embeddings: null,
    }),
  };
  await registry.putDataset(version);
  return version;
}
