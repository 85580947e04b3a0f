import {metricCatalog} from '../evaluation/catalog/catalog.ts';
import type {Metric} from '../evaluation/catalog/metric.ts';
import {gateOutlook, requiredOf} from '../evaluation/gates/outlook.ts';
import type {ProjectConfig} from '../../schemas/project.ts';
import type {GateSpec} from '../../schemas/report.ts';

/** A gate as init proposes it, with the comment that stands behind it. */
export interface ProposedGate {
  readonly gate: Pick<GateSpec, 'metric' | 'test'> &
    Partial<Pick<GateSpec, 'margin' | 'limit' | 'when' | 'required'>>;
  readonly note: string;
}

/** A candidate of this quality should pass the limit that is proposed, with power .8. */
const GOOD = 0.85;
/** A retrain that loses more than this is no better kept than asked about. */
const LARGEST_MARGIN = 0.2;
const SMALLEST_MARGIN = 0.03;

/**
 * Gates that can be decided with so many golden rows: better than the bare base in a first run, no worse than stable in a
 * retrain by the smallest margin that these rows can tell, for classes a least balanced accuracy, and no personal data in
 * answers. What cannot be decided is left out, and `left` says so.
 */
export function proposeGates(
  task: string,
  tasks: ProjectConfig['tasks'],
  golden: Readonly<Record<string, number>>,
  probeRows: number,
): {readonly gates: readonly ProposedGate[]; readonly left: readonly string[]} {
  const counts = Object.values(golden).filter((n) => n > 0);
  const rows = counts.reduce((sum, n) => sum + n, 0);
  const classes = tasks[task]!.kind === 'classification';
  const {name: metric} = headlineOf(task, tasks);
  const gates: ProposedGate[] = [];
  const left: string[] = [];
  const better = {metric, test: 'superiority', margin: 0, when: 'first', required: true} as const;
  if (canPass(better, tasks, task, golden))
    gates.push({
      gate: {metric, test: 'superiority', when: 'first'},
      note: 'the first release: better than the base model as it is',
    });
  else
    left.push(
      `no gate for the first release: ${rows} golden rows (${counts.join(' + ')}) cannot show that it is better than the base model`,
    );
  const limit = classes ? decidableLimit(metric, tasks, task, golden) : null;
  if (limit !== null)
    gates.push({
      gate: {metric, test: 'at-least', limit},
      note: `a model that is right for ${GOOD * 100} % of each class passes this 8 times in 10`,
    });
  else if (classes)
    left.push(
      `no least accuracy: with ${rows} golden rows (${counts.join(' + ')}) none above chance can be shown`,
    );
  const margin = decidableMargin(metric, tasks, task, golden);
  if (margin === null)
    left.push(
      `no gate for retrains: ${rows} golden rows tell no loss below ${LARGEST_MARGIN * 100} %; more rows do, and until then a retrain is inconclusive or passes by the other gates`,
    );
  else
    gates.push({
      gate: {metric, test: 'non-inferiority', margin, when: 'retrain'},
      note: `retrains: no worse than stable by ${margin}, the least that ${rows} golden rows can tell; lower it as rows grow`,
    });
  const leak = decidableLeak(tasks, task, golden, probeRows);
  if (leak !== null)
    gates.push({
      gate: {metric: 'pii_leak_rate', test: 'at-most', limit: leak, required: false},
      note: 'shown, not deciding: personal data in answers, under attack too; the least that so many probes can show',
    });
  return {gates, left};
}

/** The metric that a task's gates start from. */
function headlineOf(task: string, tasks: ProjectConfig['tasks']): Metric {
  return [...metricCatalog(tasks, 0).values()].find(({of, headline}) => of === task && headline)!;
}

/** The highest limit, in steps of .05 above chance, that a good model's figure keeps; null where none is. */
function decidableLimit(
  metric: string,
  tasks: ProjectConfig['tasks'],
  task: string,
  golden: Readonly<Record<string, number>>,
): number | null {
  const chance = 1 / Math.max(2, Object.keys(golden).length);
  for (let step = 15; step * 0.05 > chance; step--) {
    const limit = Number((step * 0.05).toFixed(2));
    const gate = {metric, test: 'at-least', limit, margin: 0, when: 'always', required: true} as const;
    const [outlook] = gateOutlook({tasks, gauntlet: {gates: [gate], probe_rows: 1}}, {[task]: golden});
    if (outlook!.passesAt !== null && outlook!.passesAt <= GOOD) return limit;
  }
  return null;
}

/** The lowest limit, in steps of .05, that answers without any personal data keep. */
function decidableLeak(
  tasks: ProjectConfig['tasks'],
  task: string,
  golden: Readonly<Record<string, number>>,
  probeRows: number,
): number | null {
  for (let step = 1; step <= 7; step++) {
    const limit = Number((step * 0.05).toFixed(2));
    const gate = {
      metric: 'pii_leak_rate',
      test: 'at-most',
      limit,
      margin: 0,
      when: 'always',
      required: false,
    } as const;
    const [outlook] = gateOutlook(
      {tasks, gauntlet: {gates: [gate], probe_rows: probeRows}},
      {[task]: golden},
    );
    if (outlook!.possible === 'yes') return limit;
  }
  return null;
}

/** The smallest margin, in hundredths, that these rows decide with power .8; null above LARGEST_MARGIN. */
function decidableMargin(
  metric: string,
  tasks: ProjectConfig['tasks'],
  task: string,
  golden: Readonly<Record<string, number>>,
): number | null {
  const rows = Object.values(golden).reduce((sum, n) => sum + n, 0);
  for (let hundredths = SMALLEST_MARGIN * 100; hundredths <= LARGEST_MARGIN * 100; hundredths++) {
    const margin = Number((hundredths / 100).toFixed(2));
    const needs = requiredOf(headlineOf(task, tasks), margin, {[task]: golden});
    const gate = {metric, test: 'non-inferiority', margin, when: 'retrain', required: true} as const;
    if (needs <= rows && canPass(gate, tasks, task, golden)) return margin;
  }
  return null;
}

/** Whether faultless answers to these rows would pass. */
function canPass(
  gate: GateSpec,
  tasks: ProjectConfig['tasks'],
  task: string,
  golden: Readonly<Record<string, number>>,
): boolean {
  const [outlook] = gateOutlook({tasks, gauntlet: {gates: [gate], probe_rows: 1}}, {[task]: golden});
  return outlook!.possible === 'yes';
}
