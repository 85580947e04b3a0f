import {OF} from '../catalog/metric.ts';
import {short} from '../../../schemas/names.ts';
import type {Metric} from '../catalog/metric.ts';
import type {ReportView} from './view.ts';

/** Figures of one data set, as the Hub's `model-index` groups them. */
interface Result {
  readonly task: string;
  /** YAML of the data set, but for what it is called. */
  readonly dataset: Readonly<Record<string, string>>;
  readonly metrics: readonly Metric[];
  /** What a metric's own name begins with, which its type is without. */
  readonly prefix: string;
}

/**
 * The front matter that the Hugging Face Hub reads (huggingface.co/docs/hub/model-cards, `model-index`). `base_model` only
 * where an id of the Hub is known: it takes nothing else.
 */
export function frontMatter(view: ReportView): string {
  const {report, releases, tasks} = view;
  const tuned = releases.candidate.adapter !== null;
  const kinds = new Set(Object.values(tasks).map(({kind}) => kind));
  const results = resultsOf(view);
  return [
    '---',
    ...(releases.candidate.hub === null ? [] : [`base_model: ${JSON.stringify(releases.candidate.hub)}`]),
    ...(tuned ? ['library_name: peft'] : []),
    `pipeline_tag: ${kinds.has('classification') && kinds.size === 1 ? 'text-classification' : 'text-generation'}`,
    'tags:',
    '- ratchet',
    ...(tuned ? ['- lora'] : []),
    ...(results.length === 0
      ? []
      : [
          'model-index:',
          `- name: ${JSON.stringify(`${report.project}-${short(report.release)}`)}`,
          '  results:',
          ...results.flatMap((result) => lines(result, view)),
        ]),
    '---',
  ].join('\n');
}

/**
 * Each metric under the data it is of. Latency and cost are of a machine, a judge's and the outputs' figures of no single
 * data set: they stand in the card's tables only.
 */
function resultsOf({report, tasks, catalog}: ReportView): Result[] {
  const measured = [...catalog.values()].filter(({name}) => report.metrics.candidate[name] !== undefined);
  const named = (what: string): Metric[] => measured.filter(({of}) => of === what);
  const own = {type: report.project, revision: report.dataset ?? ''};
  const results: Result[] = [
    ...Object.entries(tasks).map(([task, {kind}]): Result => ({
      task: kind === 'classification' ? 'text-classification' : 'text-generation',
      dataset: {name: `${report.project} golden set`, ...own, config: task, split: 'golden'},
      metrics: named(task),
      prefix: `${task}_`,
    })),
    {
      task: 'text-generation',
      dataset: {name: `${report.project} validation rows`, ...own, split: 'validation'},
      metrics: named('validation'),
      prefix: 'validation_',
    },
    {
      task: 'text-generation',
      dataset: {name: 'Ratchet general text', type: 'ratchet-general'},
      metrics: named('general'),
      prefix: 'general_',
    },
    {
      task: 'text-generation',
      dataset: {name: 'Ratchet safety probes', type: 'ratchet-probes'},
      metrics: named(OF.probes),
      prefix: '',
    },
  ];
  return results.filter(({metrics}) => metrics.length > 0);
}

function lines({task, dataset, metrics, prefix}: Result, {report}: ReportView): string[] {
  const set = Object.entries(dataset).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return [
    `  - task: {type: ${task}}`,
    `    dataset: {${set.join(', ')}}`,
    '    metrics:',
    ...metrics.map(({name, label}) => {
      const value = Number(report.metrics.candidate[name]!.value.toPrecision(6));
      return `    - {type: ${JSON.stringify(name.slice(prefix.length))}, value: ${value}, name: ${JSON.stringify(label)}}`;
    }),
  ];
}
