import {metricCatalog} from '../../core/evaluation/catalog/catalog.ts';
import type {MeasuredSample} from '../../core/evaluation/catalog/metric.ts';
import {HUB_IDS} from '../../core/evaluation/report/hub-ids.ts';
import type {ReleaseView, ReportView} from '../../core/evaluation/report/view.ts';
import {digestOf} from '../../core/identity/digest.ts';
import {promptsFromConfig} from '../../core/prompts/from-config.ts';
import {
  adapterOf,
  aliasesIn,
  answersNothing,
  engineModelsOf,
  isUngated,
  modelInWords,
  modelsOf,
} from '../../core/releases/models.ts';
import {diffParts} from '../../records/release-diff.ts';
import type {ArtifactRef} from '../../schemas/artifact.ts';
import type {DatasetVersion} from '../../schemas/dataset.ts';
import {JUDGE_METRIC, JUDGE_ORDER_METRIC, short} from '../../schemas/names.ts';
import type {Release} from '../../schemas/release.ts';
import {Report, type Sample} from '../../schemas/report.ts';
import type {DatasetRow} from '../../schemas/row.ts';
import type {gauntlet} from '../../schemas/stages/gauntlet.ts';
import type {Activity, ActivityContext} from '../context.ts';
import {DatasetRows} from '../curate/dataset-rows.ts';
import {inThread} from '../in-thread.ts';
import type {StageCall} from '../stage/stage-activity.ts';
import {dataView, trainingView} from './background.ts';
import {keptTimes} from './baseline-times.ts';
import type {JudgedBatch} from './batch.ts';
import {costsView} from './costs-view.ts';
import {customScores, type CustomScored} from './custom-scores.ts';
import type {decideGates} from './decide-gates.ts';
import type {Gathered} from './gather.ts';
import {Plan, type Item} from './item.ts';
import {judgedSamples, type Judged} from './judged-samples.ts';
import {notes} from './notes.ts';
import {originView} from './origin.ts';
import type {BaselineAnswers, baselineAnswers} from './baseline-answers.ts';
import {contendersOf, distinct} from './plan-gauntlet.ts';
import {dearestAnswer, pricedBy} from './vendor-prices.ts';
import {attacksThatWorked, readable} from './readable.ts';
import {waySince} from './way-since.ts';

type Request = StageCall<typeof gauntlet>;
type Role = 'candidate' | 'stable' | 'base' | 'anchor';
type Decided = ReturnType<typeof decideGates>;

/** Samples with everything but the catalog's own scores, and what each was asked. */
interface Read {
  readonly own: CustomScored<Role>;
  readonly judged: Judged;
  /** `TASK/ITEM` → what the model was shown. */
  readonly inputs: ReadonlyMap<string, string>;
}

/** The way from a gauntlet's answers to its report, step by step. */
export class Scoring {
  readonly plan: Plan;
  readonly #request: Request;
  readonly #context: ActivityContext;
  readonly #activity: Activity;
  readonly #contenders: Awaited<ReturnType<typeof contendersOf>>;
  readonly #dataset: DatasetVersion;

  private constructor(parts: {
    readonly plan: Plan;
    readonly request: Request;
    readonly context: ActivityContext;
    readonly activity: Activity;
    readonly contenders: Awaited<ReturnType<typeof contendersOf>>;
    readonly dataset: DatasetVersion;
  }) {
    this.plan = parts.plan;
    this.#request = parts.request;
    this.#context = parts.context;
    this.#activity = parts.activity;
    this.#contenders = parts.contenders;
    this.#dataset = parts.dataset;
  }

  static async open(
    request: Request,
    planned: ArtifactRef,
    context: ActivityContext,
    activity: Activity,
  ): Promise<Scoring> {
    const {artifacts, registry} = context.stores;
    const plan = await artifacts.getJson(planned, Plan);
    const contenders = await contendersOf(request, context);
    const dataset = await registry.dataset(request.project, plan.dataset);
    return new Scoring({plan, request, context, activity, contenders, dataset});
  }

  /** The answers, with what the judge and the project's own metrics say of them. */
  async read({samples, items}: Gathered, batches: readonly JudgedBatch[]): Promise<Read> {
    const {tasks, gauntlet: policy, metrics: digests} = this.#request.settings;
    const {candidate, stable, base, anchor} = this.plan;
    const priced = new Map(
      distinct(this.#contenders).map(({release}) => [
        release.digest,
        pricedBy(release, this.#request.settings),
      ]),
    );
    const of = (digest: string): readonly MeasuredSample[] =>
      (samples.get(digest) ?? []).map((sample) => priced.get(digest)?.(sample) ?? sample);
    const judged = await judgedSamples(
      {policy, batches, candidate: of(candidate), stable},
      this.#context.stores.artifacts,
    );
    const extra = judged.status === 'judged' ? judged : {candidate: [], stable: []};
    const inputs = new Map(items.map((item) => [`${taskOf(item)}/${item.id}`, readable(item, tasks)]));
    const own = await customScores(
      {
        candidate: [...of(candidate), ...extra.candidate],
        stable: [...of(stable), ...extra.stable],
        base: of(base),
        anchor: anchor === undefined ? [] : of(anchor),
      },
      {metrics: policy.metrics ?? {}, digests, tasks, inputs, folder: this.#context.folder},
      this.#activity,
    );
    return {own, judged, inputs};
  }

  /** Cheap models trained on the rows that the candidate was trained on. */
  async trainBaselines({items}: Gathered): Promise<BaselineAnswers> {
    const {stores, rowKey} = this.#context;
    const rows = await DatasetRows.open(stores, this.#dataset, rowKey);
    const train: Pick<DatasetRow, 'fields' | 'label' | 'messages'>[] = [];
    for await (const {fields, label, messages} of rows.of('train'))
      train.push({fields, ...(label === undefined ? {} : {label}), ...(messages ? {messages} : {})});
    const golden = items.filter((item) => item.kind === 'answer');
    return inThread<typeof baselineAnswers>(
      'activities/gauntlet/baseline-answers',
      'baselineAnswers',
      [promptsFromConfig(this.#request.settings), train, golden],
      this.#activity,
    );
  }

  async decide({own, judged}: Read, peers: BaselineAnswers): Promise<Decided> {
    const {settings, project} = this.#request;
    const {gauntlet: policy, prices} = settings;
    const {plan} = this;
    const unjudged: Record<string, string> =
      judged.status === 'judged' ? {} : {[JUDGE_METRIC]: judged.reason, [JUDGE_ORDER_METRIC]: judged.reason};
    const measured: Parameters<typeof decideGates>[0] = {
      tasks: settings.tasks,
      price: this.#enginePrice,
      dearest: dearestAnswer(settings),
      custom: policy.metrics ?? {},
      gates: policy.gates,
      occasion: plan.occasion,
      nothingBefore: answersNothing(this.#contenders.stable),
      maxErrorShare: policy.max_error_share,
      samples: {...own.samples, anchor: plan.anchor === undefined ? null : own.samples.anchor},
      baselines: peers.answers,
      bagOfWordsMs: await keptTimes(
        this.#context.stores,
        {project, dataset: plan.dataset, prompts: promptsFromConfig(settings)},
        peers.bagOfWordsMs,
      ),
      unmeasured: {...own.unmeasured, ...unjudged},
      currency: prices.currency,
    };
    return inThread<typeof decideGates>(
      'activities/gauntlet/decide-gates',
      'decideGates',
      [measured],
      this.#activity,
    );
  }

  async report({judged}: Read, {findings, samples}: Decided): Promise<Report> {
    const {settings, project, inputs} = this.#request;
    const {plan} = this;
    const {anchorMetrics, ...found} = findings;
    return Report.parse({
      v: 1,
      project,
      release: plan.candidate,
      stable: plan.stable,
      dataset: plan.dataset,
      policy: digestOf(settings.gauntlet),
      ...(inputs.policy === undefined ? {} : {projectPolicy: inputs.policy}),
      ...found,
      samples: {
        candidate: await this.#keep(samples.candidate),
        stable: await this.#keep(samples.stable),
        base: await this.#keep(samples.base),
      },
      ...(plan.anchor === undefined || anchorMetrics === null
        ? {}
        : {
            anchor: {
              release: plan.anchor,
              metrics: anchorMetrics,
              samples: await this.#keep(samples.anchor ?? []),
            },
          }),
      notes: notes({
        aliases: aliasesIn(this.#contenders.candidate),
        plan,
        settings,
        samples,
        nothingBefore: answersNothing(this.#contenders.stable),
        judged: judged.status === 'judged' ? null : judged.reason,
      }),
    } satisfies Report);
  }

  /** Everything that a reader of the report is shown. */
  async view({
    gathered,
    read,
    peers,
    decided: {samples},
    report,
    run,
  }: {
    readonly gathered: Gathered;
    readonly read: Read;
    readonly peers: BaselineAnswers;
    readonly decided: Decided;
    readonly report: Report;
    readonly run: string | undefined;
  }): Promise<ReportView> {
    const {settings, project} = this.#request;
    const {tasks, gauntlet: policy, prices} = settings;
    const {stores} = this.#context;
    const {candidate, stable, base} = this.#contenders;
    const {plan} = this;
    return {
      report,
      description: settings.description,
      occasion: plan.occasion,
      catalog: metricCatalog(tasks, this.#enginePrice, policy.metrics ?? {}, dearestAnswer(settings)),
      currency: prices.currency,
      releases: {
        candidate: releaseView(candidate),
        stable: releaseView(stable),
        base: releaseView(base),
      },
      tasks: Object.fromEntries(
        Object.entries(tasks).map(([task, {kind, prompt, labels, json_fields}]) => [
          task,
          {kind, prompt, labels, json_fields},
        ]),
      ),
      samples,
      inputs: read.inputs,
      attacks: attacksThatWorked(samples.candidate, gathered.items, tasks),
      hosts: new Map(
        gathered.items.flatMap((item) => (item.kind === 'injection' ? [[item.id, item.task] as const] : [])),
      ),
      origin: await originView(stores.registry, project, run),
      asked: {
        candidate: gathered.asked.get(plan.candidate) ?? [],
        stable: gathered.asked.get(plan.stable) ?? [],
      },
      since: await waySince(stores, report, plan.anchor ?? null),
      baselinesTrainedOn: peers.trainedOn,
      diff: await diffParts(stores, stable, candidate),
      training: await trainingView(stores, candidate),
      data: await dataView(stores, this.#dataset),
      costs: await costsView(
        stores,
        {project, release: candidate, gauntlet: this.#activity.workflowId},
        settings,
      ),
    };
  }

  /** Of an hour of the engine. */
  get #enginePrice(): number {
    const {prices, engine} = this.#request.settings;
    return prices.cpu_hour * engine.threads;
  }

  /** Without times, which differ from one asking to the next. */
  async #keep(all: readonly MeasuredSample[]): Promise<ArtifactRef> {
    const samples = all.map(({latencyMs: _latency, cost: _cost, ...sample}): Sample => sample);
    return (await this.#context.stores.artifacts.putLines(samples)).ref;
  }
}

function taskOf(item: Item): string {
  return item.kind === 'answer' ? item.task : item.kind;
}

function releaseView(release: Release): ReleaseView {
  const models = engineModelsOf(release);
  const ids = models.flatMap(({base: {hub, sha256}}) => hub?.id ?? HUB_IDS[sha256] ?? []);
  return {
    digest: release.digest,
    standing: answersNothing(release) ? 'empty' : isUngated(release) ? 'bare' : 'judged',
    base: Object.values(modelsOf(release))
      .map((part) => modelInWords(part).replace(/\b[0-9a-f]{40,64}\b/g, (digest) => short(digest)))
      .join(', '),
    hub: ids[0] ?? null,
    adapter: adapterOf(release)?.digest ?? null,
    trainedOn: release.createdFrom,
  };
}
