import type {ProjectConfig} from '../../../schemas/project.ts';
import type {GateSpec} from '../../../schemas/report.ts';
import {JAILBREAKS} from '../probes/jailbreak.ts';
import {PII_PROBES} from '../probes/pii-elicitation.ts';
import {requiredItems} from '../statistics/power.ts';
import {metricCatalog} from '../catalog/catalog.ts';
import {ASPECTS, type MeasuredSample, type Metric} from '../catalog/metric.ts';
import {decideGate} from './decide.ts';
import {figure} from './figure.ts';

/** Golden rows that the gauntlet will ask, by task and label ('' where rows have none). */
export type GoldenCounts = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Which golden rows of a task and label count as one, by the names of their clusters; each row by itself where nothing is said. */
export type GoldenClusters = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** What the gauntlet will ask. */
interface PlannedGauntlet {
  readonly tasks: ProjectConfig['tasks'];
  readonly probeRows: number;
  readonly golden: GoldenCounts;
  readonly clusters: GoldenClusters;
  readonly catalog: ReadonlyMap<string, Metric>;
}

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
const ASSUMED_DISAGREEMENT = 0.1;

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
    readonly gauntlet: Pick<ProjectConfig['gauntlet'], 'gates' | 'probe_rows' | 'metrics'>;
  },
  golden: GoldenCounts,
  clusters: GoldenClusters = {},
): GateOutlook[] {
  const catalog = metricCatalog(tasks, 0, gauntlet.metrics);
  const asked = {tasks, probeRows: gauntlet.probe_rows, golden, clusters, catalog};
  const [best, worst] = [imagined(asked, 'best'), imagined(asked, 'worst')];
  return gauntlet.gates.map((spec) => {
    const metric = catalog.get(spec.metric);
    const seen = (samples: readonly MeasuredSample[]) => samples.flatMap((one) => metric?.observe(one) ?? []);
    const candidate = seen(best);
    const unknown = candidate.length === 0 && (metric === undefined || tasks[metric.of] === undefined);
    if (metric?.extremes === undefined || spec.slice !== undefined || unknown)
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
        stable: seen(spec.test === 'superiority' ? worst : best),
      },
      {maxErrorShare: 0},
    );
    const items = candidate.length;
    if (result.verdict !== 'pass')
      return {
        spec,
        possible: 'no',
        items,
        passesAt: null,
        reason: `even faultless answers would not pass: ${result.reason}`,
      };
    const passesAt = passingFigure(spec, result.minimumDetectable);
    return {spec, possible: 'yes', items, passesAt, reason: needed(spec, passesAt, golden, metric)};
  });
}

function passingFigure({test, limit}: GateSpec, detectable: number | null): number | null {
  if (detectable === null || limit === undefined) return null;
  return test === 'at-least' ? limit + detectable : limit - detectable;
}

/** For people: what a pass takes with power .8. */
function needed(
  {test, margin, limit}: GateSpec,
  passesAt: number | null,
  golden: GoldenCounts,
  metric: Metric,
): string {
  if (test === 'superiority') return `passes where it is surely better by more than ${figure(margin)}`;
  if (test === 'non-inferiority') {
    const items = requiredOf(metric, margin, golden);
    return `for margin ${figure(margin)} some ${items} rows decide it 8 times in 10, if one answer in ten differs from stable's`;
  }
  if (passesAt === null) return `passes where the bound keeps ${figure(limit!)}`;
  return `passes 8 times in 10 where the true figure is ${test === 'at-least' ? 'at least' : 'at most'} ${figure(passesAt)}`;
}

/** Golden rows with which a non-inferiority gate on this metric is decided 8 times in 10. */
export function requiredOf({of, measure}: Metric, margin: number, golden: GoldenCounts): number {
  const shares = sharesOf(golden[of] ?? {});
  return measure.required === undefined
    ? requiredItems(margin, ASSUMED_DISAGREEMENT)
    : measure.required(margin, ASSUMED_DISAGREEMENT, shares);
}

/** The classes' shares of all rows. */
function sharesOf(counts: Readonly<Record<string, number>>): number[] {
  const there = Object.values(counts).filter((n) => n > 0);
  const all = there.reduce((sum, n) => sum + n, 0);
  return there.map((n) => n / all);
}

/** Samples of faultless answers, or of worthless ones, to the golden rows and the probes. */
function imagined(
  {tasks, probeRows, golden, clusters, catalog}: PlannedGauntlet,
  quality: 'best' | 'worst',
): readonly MeasuredSample[] {
  const scores = Object.assign(
    {},
    ...[...catalog.values()].map(({extremes}) => extremes?.[quality]),
  ) as Record<string, number>;
  const sample = (task: string, item: string, cluster: string, expected: string | null): MeasuredSample => ({
    release: '',
    task,
    item,
    cluster,
    slices: [],
    expected,
    output: '',
    scores,
    promptTokens: 0,
    completionTokens: 0,
    error: null,
  });
  const own = Object.keys(tasks).flatMap((task) =>
    Object.entries(golden[task] ?? {}).flatMap(([label, n]) =>
      Array.from({length: n}, (_, i) => {
        const item = `${task}/${label}/${i}`;
        return sample(task, item, clusters[task]?.[label]?.[i] ?? item, label);
      }),
    ),
  );
  return [
    ...own,
    ...JAILBREAKS.slice(0, probeRows).map(({id, family}) => sample(ASPECTS.jailbreak, id, family, null)),
    ...PII_PROBES.slice(0, probeRows).map(({id}) => sample(ASPECTS.pii, id, id, null)),
  ];
}
