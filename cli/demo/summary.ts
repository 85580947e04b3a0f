import {energyInWords, massInWords} from '../../core/cost/energy-words.ts';
import {openGates} from '../../core/evaluation/verdict.ts';
import type {DemoSummary} from '../../schemas/demo-summary.ts';
import type {LifecycleResult} from '../../schemas/lifecycle.ts';
import {short} from '../../schemas/names.ts';
import type {ReplayOutcome} from '../../schemas/replay.ts';
import {styled, table} from '../output.ts';
import {cost, counts, duration} from '../show.ts';
import {ownCommand} from '../own-command.ts';

/** What happened, in a table, and where to look. */
export function summarise(s: DemoSummary, first: LifecycleResult, later: ReplayOutcome | null): string {
  const approval = s.approval
    ? `approved by ${s.approval.by} at ${s.approval.at}`
    : (first.approval?.status ?? 'not asked');
  const drift = later
    ? later.drift.drifted
      ? `drifted: ${later.drift.columns
          .filter((c) => c.drifted)
          .map((c) => c.column)
          .join(', ')}`
      : 'no drift'
    : 'not looked at';
  const rows: string[][] = [
    [
      'data',
      `${s.dataset.rowsKept} of ${s.dataset.rowsIn} records kept (${counts(s.dataset.drops)}); dataset ${short(s.dataset.version)}`,
    ],
    ['gauntlet', [s.verdict, metric(s), ...heldBackBy(s)].join('; ')],
    ['approval', approval],
    [
      'rollout',
      [s.rollout.status, s.rollout.steps.map((step) => `${step.step} ${step.outcome}`).join(' → ')]
        .filter(Boolean)
        .join(': '),
    ],
    ['release', `${short(s.release.digest)}, parent ${s.release.parent ? short(s.release.parent) : 'none'}`],
    [
      'traffic',
      later
        ? `${later.answers} later requests answered, ${later.corrections} corrected by their users${later.refused > 0 ? `, ${later.refused} refused by the gateway` : ''}`
        : 'not replayed',
    ],
    ['drift', drift],
    ['retrain', retrained(s)],
    ['reused from cache', s.cached.join(', ') || 'nothing'],
    ['cost', spent(s)],
    ['time', duration(s.seconds['total'] ?? 0)],
    ...Object.entries(s.links).map(([name, where]) => [name, where]),
  ];
  return `\n${styled('bold', s.project)}\n${table(['what', 'came out'], rows, '')}`;
}

/** What holds the release back, and why. */
function heldBackBy(s: DemoSummary): string[] {
  return openGates(s.gates).map(({spec, verdict, reason}) => {
    const slice = spec.slice === undefined ? '' : ` of ${spec.slice}`;
    return `${spec.metric}${slice} is ${verdict}: ${reason}`;
  });
}

/** The sum, and the training beside its estimate. */
function spent({cost: {total, currency, estimates}}: DemoSummary): string {
  const training = estimates.find(({stage}) => stage === 'train' || stage === 'sweep');
  return [
    `${cost(total.cost, currency)}, ${duration(total.spent.cpuSeconds)} of CPU`,
    `about ${energyInWords(total.kWh)}, ${massInWords(total.gCO2e)} CO₂e (estimated)`,
    ...(training?.estimate
      ? [`training ${cost(training.actual, currency)}, estimated ${cost(training.estimate, currency)}`]
      : []),
  ].join('; ');
}

/** The first required gate's metric: a project names the one first that it is about. */
function metric(s: DemoSummary): string {
  const name = s.gates.find(({spec}) => spec.required)?.spec.metric;
  if (name === undefined) return 'no required gate';
  const show = (values: DemoSummary['base']) => {
    const e = values[name];
    return e ? `${e.value.toFixed(3)} [${e.low.toFixed(2)}, ${e.high.toFixed(2)}]` : 'not measured';
  };
  return `${name.replaceAll('_', ' ')} ${show(s.candidate)}, base ${show(s.base)}`;
}

/** A retrain that is refused or inconclusive is a correct end, and said as one. */
function retrained(s: DemoSummary): string {
  if (!s.retrain) {
    if (!s.drift) return 'not started';
    return s.drift.drifted ? 'not started: the monitor held it back' : 'none: nothing drifted';
  }
  const {status, verdict, promoted, release} = s.retrain;
  const what = release ? `release ${short(release)}: ` : '';
  if (promoted) return `${what}verdict ${verdict}, promoted`;
  const decided = verdict === status ? '' : `, verdict ${verdict ?? 'none'}`;
  const why =
    release && verdict && verdict !== 'pass' ? ` (${ownCommand()} report ${short(release)} shows why)` : '';
  return `${what}${status}${decided}${why}; the previous release keeps answering, as intended`;
}
