import {z} from 'zod';
import {metricCatalog} from '../../core/evaluation/catalog/catalog.ts';
import type {MeasuredSample} from '../../core/evaluation/catalog/metric.ts';
import {renderHtml} from '../../core/evaluation/report/html/page.ts';
import {renderMarkdown} from '../../core/evaluation/report/markdown.ts';
import {renderModelCard} from '../../core/evaluation/report/model-card.ts';
import {HUB_IDS} from '../../core/evaluation/report/hub-ids.ts';
import type {ReleaseView, ReportView} from '../../core/evaluation/report/view.ts';
import {digestOf} from '../../core/identity/digest.ts';
import {promptsFromConfig} from '../../core/prompts/from-config.ts';
import {ArtifactRef} from '../../schemas/artifact.ts';
import {JUDGE_METRIC, JUDGE_ORDER_METRIC} from '../../schemas/names.ts';
import type {Release} from '../../schemas/release.ts';
import {Report, type GauntletResult, type Sample} from '../../schemas/report.ts';
import type {DatasetRow} from '../../schemas/row.ts';
import {gauntlet} from '../../schemas/stages/gauntlet.ts';
import {DatasetRows} from '../curate/dataset-rows.ts';
import {inThread} from '../in-thread.ts';
import {stageActivity} from '../stage/stage-activity.ts';
import {keptTimes} from './baseline-times.ts';
import {JudgedBatch} from './batch.ts';
import {dataView, trainingView} from './background.ts';
import {customScores} from './custom-scores.ts';
import {costsView} from './costs-view.ts';
import type {decideGates} from './decide-gates.ts';
import {gather} from './gather.ts';
import {Plan, type Item} from './item.ts';
import {judgedSamples} from './judged-samples.ts';
import {notes} from './notes.ts';
import {originView} from './origin.ts';
import {unpaged} from './pages.ts';
import type {peerAnswers} from './peers.ts';
import {contendersOf} from './plan-gauntlet.ts';
import {waySince} from './way-since.ts';
import {attacksThatWorked, readable} from './readable.ts';

/** Metrics, gates and verdict out of the samples; the report as JSON, page, Markdown and model card. */
export const scoreGauntlet = stageActivity(
  gauntlet,
  'cpu',
  {
    plan: z.object({ref: ArtifactRef}),
    answers: z.array(ArtifactRef),
    /** In any order; none where no judge is configured. */
    judged: z.array(JudgedBatch).default([]),
    /** Pages of them, where they are too many for one payload: they follow those above. */
    answerLists: z.array(ArtifactRef).default([]),
    judgedLists: z.array(ArtifactRef).default([]),
    /** The run that asked first; for the report. */
    run: z.string().optional(),
  },
  async ({request, plan: planned, run, ...given}, context, activity): Promise<GauntletResult> => {
    const {artifacts, registry} = context.stores;
    const answers = await unpaged(artifacts, given.answers, given.answerLists, ArtifactRef);
    const batches = await unpaged(artifacts, given.judged, given.judgedLists, JudgedBatch);
    const {settings} = request;
    const {tasks, gauntlet: policy, prices} = settings;
    const plan = await artifacts.getJson(planned.ref, Plan);
    const contenders = await contendersOf(request, context);
    const version = await registry.dataset(request.project, plan.dataset);
    activity.progress({done: 0, total: 3, unit: 'steps', note: 'reads the samples'});

    const gathered = await gather(artifacts, plan, answers);
    const samplesOf = (digest: string): readonly MeasuredSample[] => gathered.samples.get(digest) ?? [];
    const inputs = new Map(
      gathered.items.map((item) => [`${taskOf(item)}/${item.id}`, readable(item, tasks)]),
    );
    const judged = await judgedSamples(
      {policy, batches, candidate: samplesOf(plan.candidate), stable: plan.stable},
      artifacts,
    );
    const extra = judged.status === 'judged' ? judged : {candidate: [], stable: []};
    const unscored = {
      candidate: [...samplesOf(plan.candidate), ...extra.candidate],
      stable: [...samplesOf(plan.stable), ...extra.stable],
      base: samplesOf(plan.base),
      anchor: plan.anchor === undefined ? [] : samplesOf(plan.anchor),
    };

    const custom = policy.metrics ?? {};
    const own = await customScores(
      unscored,
      {metrics: custom, digests: settings.metrics, tasks, inputs, folder: context.folder},
      activity,
    );

    activity.progress({done: 1, total: 3, unit: 'steps', note: 'trains the baselines'});
    const trained = await DatasetRows.open(context.stores, version, context.rowKey);
    const train: Pick<DatasetRow, 'fields' | 'label' | 'messages'>[] = [];
    for await (const {fields, label, messages} of trained.of('train'))
      train.push({fields, ...(label === undefined ? {} : {label}), ...(messages ? {messages} : {})});
    const golden = gathered.items.filter((item) => item.kind === 'answer');
    const prompts = promptsFromConfig(settings);
    const peers = await inThread<typeof peerAnswers>(
      'activities/gauntlet/peers',
      'peerAnswers',
      [prompts, train, golden],
      activity,
    );

    activity.progress({done: 2, total: 3, unit: 'steps', note: 'decides the gates'});
    const price = prices.cpu_hour * settings.engine.threads;
    const measured: Parameters<typeof decideGates>[0] = {
      ...{tasks, price, custom},
      gates: policy.gates,
      occasion: plan.occasion,
      maxErrorShare: policy.max_error_share,
      samples: {...own.samples, anchor: plan.anchor === undefined ? null : own.samples.anchor},
      baselines: peers.answers,
      bagOfWordsMs: await keptTimes(
        context.stores,
        {project: request.project, dataset: plan.dataset, prompts},
        peers.bagOfWordsMs,
      ),
      unmeasured: {
        ...own.unmeasured,
        ...(judged.status === 'judged'
          ? {}
          : {[JUDGE_METRIC]: judged.reason, [JUDGE_ORDER_METRIC]: judged.reason}),
      },
      currency: prices.currency,
    };
    const {
      findings: {anchorMetrics, ...findings},
      samples,
    } = await inThread<typeof decideGates>(
      'activities/gauntlet/decide-gates',
      'decideGates',
      [measured],
      activity,
    );
    const keep = async (all: readonly MeasuredSample[]): Promise<ArtifactRef> =>
      (await artifacts.putLines(all.map(untimed))).ref;
    const report: Report = {
      v: 1,
      project: request.project,
      release: plan.candidate,
      stable: plan.stable,
      dataset: plan.dataset,
      policy: digestOf(policy),
      ...(request.inputs.policy === undefined ? {} : {projectPolicy: request.inputs.policy}),
      ...findings,
      samples: {
        candidate: await keep(samples.candidate),
        stable: await keep(samples.stable),
        base: await keep(samples.base),
      },
      ...(plan.anchor === undefined || anchorMetrics === null
        ? {}
        : {
            anchor: {
              release: plan.anchor,
              metrics: anchorMetrics,
              samples: await keep(samples.anchor ?? []),
            },
          }),
      notes: notes({plan, settings, samples, judged: judged.status === 'judged' ? null : judged.reason}),
    };
    const view: ReportView = {
      report: Report.parse(report),
      description: settings.description,
      occasion: plan.occasion,
      catalog: metricCatalog(tasks, price, custom),
      currency: prices.currency,
      releases: {
        candidate: releaseView(contenders.candidate),
        stable: releaseView(contenders.stable),
        base: releaseView(contenders.base),
      },
      tasks: Object.fromEntries(
        Object.entries(tasks).map(([task, {kind, prompt, labels, json_fields}]) => [
          task,
          {kind, prompt, labels, json_fields},
        ]),
      ),
      samples,
      inputs,
      attacks: attacksThatWorked(samples.candidate, gathered.items, tasks),
      hosts: new Map(
        gathered.items.flatMap((item) => (item.kind === 'injection' ? [[item.id, item.task] as const] : [])),
      ),
      origin: await originView(registry, request.project, run),
      asked: {
        candidate: gathered.asked.get(plan.candidate) ?? [],
        stable: gathered.asked.get(plan.stable) ?? [],
      },
      since: await waySince(context.stores, report, plan.anchor ?? null),
      peersTrainedOn: peers.trainedOn,
      training: await trainingView(context.stores, contenders.candidate),
      data: await dataView(context.stores, version),
      costs: await costsView(
        context.stores,
        {project: request.project, release: contenders.candidate, gauntlet: activity.workflowId},
        settings,
      ),
    };
    return {
      release: report.release,
      stable: report.stable,
      verdict: report.verdict,
      report: await artifacts.putJson(report),
      html: await artifacts.putBytes(renderHtml(view), 'text/html'),
      markdown: await artifacts.putBytes(renderMarkdown(view), 'text/markdown'),
      modelCard: await artifacts.putBytes(renderModelCard(view), 'text/markdown'),
    };
  },
);

function taskOf(item: Item): string {
  return item.kind === 'answer' ? item.task : item.kind;
}

function releaseView({digest, base, adapter, createdFrom}: Release): ReleaseView {
  return {
    digest,
    base: base.hub
      ? `${base.name} (${base.kind}, ${base.hub.id} at commit ${base.hub.commit.slice(0, 12)})`
      : `${base.name} (${base.kind}, sha256 ${base.sha256.slice(0, 12)})`,
    hub: base.hub?.id ?? HUB_IDS[base.sha256] ?? null,
    adapter: adapter?.digest ?? null,
    trainedOn: createdFrom,
  };
}

function untimed({latencyMs: _latency, ...sample}: MeasuredSample): Sample {
  return sample;
}
