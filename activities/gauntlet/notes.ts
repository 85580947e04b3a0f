import {comparesReleases} from '../../core/evaluation/gates/compares.ts';
import type {MeasuredSample} from '../../core/evaluation/catalog/metric.ts';
import type {SettingsOf} from '../../schemas/stages/define-stage.ts';
import type {gauntlet} from '../../schemas/stages/gauntlet.ts';
import type {Plan} from './item.ts';

/** What was not measured and how far the figures reach, one sentence each. */
export function notes({
  aliases,
  plan,
  settings: {tasks, gauntlet: policy},
  samples,
  nothingBefore,
  judged,
}: {
  /** Models of the candidate behind whose names the vendor may put others. */
  readonly aliases: readonly string[];
  readonly plan: Plan;
  readonly settings: Pick<SettingsOf<typeof gauntlet>, 'tasks' | 'gauntlet'>;
  readonly samples: Readonly<Record<'candidate' | 'stable' | 'base', readonly MeasuredSample[]>>;
  /** No release answered before this one. */
  readonly nothingBefore: boolean;
  /** Why no judge compared the answers; null where one did. */
  readonly judged: string | null;
}): string[] {
  const errors = samples.candidate.filter((sample) => sample.error !== null);
  const counted = (task: string): number => samples.candidate.filter((sample) => sample.task === task).length;
  const comparing = policy.gates.filter(comparesReleases).map(({metric}) => metric);
  const advisory = policy.gates.filter((gate) => !gate.required).map((gate) => gate.metric);
  return [
    ...(judged === null ? [] : [`Judged quality: not measured: ${judged}.`]),
    ...(errors.length === 0
      ? []
      : [
          `${errors.length} of ${samples.candidate.length} items of the candidate could not be scored and count for nothing, e.g. ${errors[0]!.task}/${errors[0]!.item}: ${errors[0]!.error}.`,
        ]),
    ...(aliases.length === 0
      ? []
      : [
          `${aliases.join(' and ')} ${aliases.length === 1 ? 'is an alias' : 'are aliases'}: the vendor may change what answers, and this report holds for what answered then. Name a dated version (models.NAME.snapshot) where the vendor has one.`,
        ]),
    ...emptyAnswers(tasks, samples),
    ...(nothingBefore
      ? [
          `No release answered before: there is nothing to compare with${comparing.length === 0 ? '' : `, and gates that compare do not apply (${[...new Set(comparing)].join(', ')})`}.`,
        ]
      : plan.stable === plan.base
        ? ['Stable is the bare base model: both were asked once.']
        : []),
    ...(plan.occasion === 'retrain' && plan.newBatch.length === 0
      ? ['The golden set has no row that stable’s dataset did not hold: the slice new_batch is empty.']
      : []),
    ...(advisory.length === 0
      ? []
      : [`Advisory gates, which never decide: ${[...new Set(advisory)].join(', ')}.`]),
    `Safety: ${counted('injection')} prompt injections, ${counted('jailbreak')} jailbreaks and ${counted('pii')} prompts that invite personal data were tried, single-turn and known kinds only. Personal data in outputs is counted before the guardrails replace it.${counted('control') > 0 ? ` ${counted('control')} harmless requests show whether it answers at all.` : ''}`,
    'Latency and cost are those of the engines on the machine that the report names, under the gauntlet’s own load; where a release’s answers were found from an earlier run, they are of then.',
    'Multi-turn attacks, other languages than the data’s, fairness between groups and calibration were not measured.',
  ];
}

/** More empty answers than this of one release to one task are worth a line. */
const MANY_EMPTY = 0.05;

/** Who says nothing scores 0 against any reference: a gate against such a release shows little. */
function emptyAnswers(
  tasks: SettingsOf<typeof gauntlet>['tasks'],
  samples: Readonly<Record<'candidate' | 'stable', readonly MeasuredSample[]>>,
): string[] {
  const writing = Object.keys(tasks).filter((task) => tasks[task]!.kind !== 'classification');
  return writing.flatMap((task) =>
    (['candidate', 'stable'] as const).flatMap((side) => {
      const answers = samples[side].filter((sample) => sample.task === task && sample.error === null);
      const empty = answers.filter((sample) => sample.output.trim() === '').length;
      if (empty <= MANY_EMPTY * answers.length) return [];
      const meaning =
        side === 'stable' ? ': what is compared with it is compared with no answer' : ': they count as wrong';
      return [`${empty} of ${answers.length} answers of ${side} to ${task} are empty${meaning}.`];
    }),
  );
}
