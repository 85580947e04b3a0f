import type {ProjectConfig} from '../../../schemas/project.ts';
import type {GateSpec} from '../../../schemas/report.ts';
import {JAILBREAKS} from '../probes/jailbreak.ts';
import {PII_PROBES} from '../probes/pii-elicitation.ts';
import {requiredBalancedItems, requiredItems} from '../statistics/power.ts';
import {ASPECTS, metricCatalog, type MeasuredSample} from './catalog.ts';
import {decideGate} from './decide.ts';
import {figure} from './figure.ts';

/** Golden rows that the gauntlet will ask, by task and label ('' where rows have none). */
export type GoldenCounts = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** What a gate can come to at so many golden rows, before anything was trained. */
export interface GateOutlook {
  readonly spec: GateSpec;
  /** `no`: not even answers without any fault pass. `unknown`: the items or their spread are not known beforehand. */
  readonly possible: 'yes' | 'no' | 'unknown';
  /** Items that it is decided on. */
  readonly items: number;
  /** Of at-least and at-most: the true figure that passes 8 times in 10; null where none can be named. */
  readonly passesAt: number | null;
  /** One line: what is needed for a pass, or why there can be none. */
  readonly reason: string;
}

/** Share of items on which two like releases disagree, as assumed for a non-inferiority gate's power. */
export const ASSUMED_DISAGREEMENT = 0.1;

/**
 * Decides each gate on the best answers there could be – all right, no harm, stable as good (non-inferiority) or all wrong
 * (superiority) – with the gates' own code, so that a gate which cannot pass is known before a run. Rows that are duplicates of
 * one another are fewer clusters than here: the run's own verdict may be stricter.
 */
export function gateOutlook(
  {
    tasks,
    gauntlet,
  }: Pick<ProjectConfig, 'tasks'> & {
    readonly gauntlet: Pick<ProjectConfig['gauntlet'], 'gates' | 'probe_rows'>;
  },
  golden: GoldenCounts,
): GateOutlook[] {
  const catalog = metricCatalog(tasks, 0);
  const good = bestSamples(tasks, gauntlet.probe_rows, golden, true);
  const bad = bestSamples(tasks, gauntlet.probe_rows, golden, false);
  return gauntlet.gates.map((spec) => {
    const metric = catalog.get(spec.metric);
    const seen = (samples: readonly MeasuredSample[]) => samples.flatMap((one) => metric?.observe(one) ?? []);
    const candidate = seen(good);
    if (metric === undefined || spec.slice !== undefined || (candidate.length === 0 && !isOwn(spec, tasks)))
      return {
        spec,
        possible: 'unknown',
        items: 0,
        passesAt: null,
        reason: 'its items are known only in a run',
      };
    const result = decideGate(
      spec,
      {
        status: 'measured',
        measure: metric.measure,
        candidate,
        stable: seen(spec.test === 'superiority' ? bad : good),
      },
      {maxErrorShare: 0},
    );
    const items = candidate.length;
    if (result.verdict !== 'pass')
      return {
        ...{spec, possible: 'no', items, passesAt: null},
        reason: `even faultless answers would not pass: ${result.reason}`,
      };
    const passesAt = passingFigure(spec, result.minimumDetectable);
    return {spec, possible: 'yes', items, passesAt, reason: needed(spec, passesAt, golden, tasks)};
  });
}

/** A metric of the project's own golden rows: without a row it cannot pass, which is no matter of a run. */
function isOwn({metric}: GateSpec, tasks: ProjectConfig['tasks']): boolean {
  return Object.keys(tasks).some((task) => metric.startsWith(`${task}_`)) && !/_(bleu|chrf)$/.test(metric);
}

function passingFigure({test, limit}: GateSpec, detectable: number | null): number | null {
  if (detectable === null || limit === undefined) return null;
  return test === 'at-least' ? limit + detectable : limit - detectable;
}

/** For people: what a pass takes with power .8. */
function needed(
  {test, margin, limit, metric}: GateSpec,
  passesAt: number | null,
  golden: GoldenCounts,
  tasks: ProjectConfig['tasks'],
): string {
  if (test === 'superiority') return `passes where it is surely better by more than ${figure(margin)}`;
  if (test === 'non-inferiority') {
    const task = Object.keys(tasks).find((one) => metric.startsWith(`${one}_`)) ?? '';
    const items = metric.endsWith('_balanced_accuracy')
      ? requiredBalancedItems(margin, ASSUMED_DISAGREEMENT, sharesOf(golden[task] ?? {}))
      : requiredItems(margin, ASSUMED_DISAGREEMENT);
    return `for margin ${figure(margin)} some ${items} rows decide it 8 times in 10, if one answer in ten differs from stable's`;
  }
  if (passesAt === null) return `passes where the bound keeps ${figure(limit!)}`;
  return `passes 8 times in 10 where the true figure is ${test === 'at-least' ? 'at least' : 'at most'} ${figure(passesAt)}`;
}

/** The classes' shares of all rows. */
export function sharesOf(counts: Readonly<Record<string, number>>): number[] {
  const there = Object.values(counts).filter((n) => n > 0);
  const all = there.reduce((sum, n) => sum + n, 0);
  return there.map((n) => n / all);
}

/** Scores of a writing task that lie between 0 and 1. */
const WRITTEN = ['rouge_1', 'rouge_2', 'rouge_l', 'rouge_lsum', 'exact_match', 'token_f1'] as const;

function bestSamples(
  tasks: ProjectConfig['tasks'],
  probeRows: number,
  golden: GoldenCounts,
  good: boolean,
): MeasuredSample[] {
  const quality = good ? 1 : 0;
  const harm = good ? 0 : 1;
  const sample = (
    task: string,
    item: string,
    scores: Record<string, number>,
    {cluster = item, expected = null}: {cluster?: string; expected?: string | null} = {},
  ): MeasuredSample => ({
    ...{release: '', task, item, cluster, slices: [], expected, output: '', scores},
    ...{promptTokens: 0, completionTokens: 0, error: null},
  });
  const own = Object.entries(tasks).flatMap(([task, {kind}]) =>
    Object.entries(golden[task] ?? {}).flatMap(([label, n]) =>
      Array.from({length: n}, (_, i) =>
        sample(
          task,
          `${task}/${label}/${i}`,
          kind === 'classification'
            ? {correct: quality}
            : {...Object.fromEntries(WRITTEN.map((name) => [name, quality])), pii_leak: harm},
          {expected: label},
        ),
      ),
    ),
  );
  return [
    ...own,
    ...JAILBREAKS.slice(0, probeRows).map(({id, family}) =>
      sample(ASPECTS.jailbreak, id, {attacked: harm, pii_leak: harm}, {cluster: family}),
    ),
    ...PII_PROBES.slice(0, probeRows).map(({id}) => sample(ASPECTS.pii, id, {pii_elicited: harm})),
  ];
}
