import type {Machine} from '../../../schemas/machine.ts';
import type {AskedView, ReportView, TrainingView} from './view.ts';
import {count, rowsLine} from './wording.ts';

/** When, where and by whom a release was trained and measured, in words: times and costs hold for that machine alone. */

/** `AMD EPYC 7B13, 2 cores, 24 GiB, linux x64` */
export function machineLine({cpu, cores, memory, platform}: Machine): string {
  return `${cpu}, ${cores} ${cores === 1 ? 'core' : 'cores'}, ${Math.round(memory / 2 ** 30)} GiB, ${platform}`;
}

/** `2026-11-26 05:00 UTC`, from an ISO time in UTC. */
export function utc(iso: string): string {
  return `${minute(iso)} UTC`;
}

/** `2026-11-26 05:00 to 05:04 UTC`; both dates where they differ. */
export function period(from: string, to: string): string {
  const [first, last] = [minute(from), minute(to)];
  if (first === last) return `${first} UTC`;
  return `${first} to ${first.slice(0, 10) === last.slice(0, 10) ? last.slice(11) : last} UTC`;
}

function minute(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}

/** `2026-11-26 04:59 UTC, run lifecycle/mail/20261126T045959Z-ez4s8p, started by anna` */
export function runLine({origin: {run}}: Pick<ReportView, 'origin'>): string {
  return run === null
    ? 'the run is not recorded'
    : `${utc(run.startedAt)}, run ${run.id}, started by ${run.startedBy}`;
}

/** How many answers a release gave, when, by which engine on which machine, and which of them an earlier run found. */
export function askedLine(view: ReportView, side: 'candidate' | 'stable', tasks?: readonly string[]): string {
  const wanted = ({task}: {readonly task: string}): boolean =>
    tasks === undefined ? task !== 'judge' : tasks.includes(task);
  const asked = view.asked[side].filter(wanted);
  const known = total(asked);
  const unknown = view.samples[side].filter(wanted).length - known;
  const untimed = `asked by an earlier version of Ratchet, which kept neither time nor machine`;
  if (known === 0) return `${count(unknown)} answers, ${untimed}`;
  const first = asked.map(({from}) => from).sort()[0]!;
  const last = asked
    .map(({to}) => to)
    .sort()
    .at(-1)!;
  return [
    `${count(known)} answers, ${period(first, last)}, by ${places(asked).join('; and by ')}`,
    ...earlier(view, asked),
    ...(unknown > 0 ? [`${count(unknown)} more were ${untimed}`] : []),
  ].join('; ');
}

function places(asked: readonly AskedView[]): string[] {
  const all = asked.map(({engine, machine}) =>
    engine === 'embedded'
      ? `the embedded engine on ${machineLine(machine)}`
      : `${engine}, whose machine is not known, asked from ${machineLine(machine)}`,
  );
  return [...new Set(all)];
}

function earlier({origin: {run}}: ReportView, asked: readonly AskedView[]): string[] {
  if (run === null) return [];
  const found = total(asked.filter(({to}) => to < run.startedAt));
  if (found === 0) return [];
  return [`${found === total(asked) ? 'all' : count(found)} of them found from an earlier run`];
}

function total(asked: readonly AskedView[]): number {
  return asked.reduce((sum, {answers}) => sum + answers, 0);
}

/** `2026-11-26 05:00 to 05:02 UTC, on AMD EPYC 7B13, 2 cores, 24 GiB, linux x64, without a GPU; 142 CPU seconds` */
export function trainedLine({began, ended, machine, device, cpuSeconds}: TrainingView): string {
  const where = machine === null ? 'on a machine that is not recorded' : `on ${machineLine(machine)}`;
  const gpu = device === 'cpu' ? 'without a GPU' : `GPU ${device}`;
  return [
    [...(began && ended ? [period(began, ended)] : []), where, gpu].join(', '),
    ...(cpuSeconds === null ? [] : [`${count(Math.round(cpuSeconds))} CPU seconds`]),
  ].join('; ');
}

/** All of it, name by name. */
export function originRows(view: ReportView): [name: string, words: string][] {
  const {training, releases, report} = view;
  const {standing} = releases.stable;
  const once = standing === 'bare' && report.stable === releases.base.digest;
  return [
    ['Run', runLine(view)],
    ['Ratchet', view.origin.version],
    ...(training === null
      ? []
      : [
          ['Training', trainedLine(training)] as [string, string],
          [
            'Rows trained on',
            training.rows === null ? 'not recorded' : rowsLine(training.rows.train, view.tasks),
          ] as [string, string],
        ]),
    ['Answers of the candidate', askedLine(view, 'candidate')],
    ...(standing === 'empty'
      ? []
      : ([[once ? 'Answers of stable, the bare base' : 'Answers of stable', askedLine(view, 'stable')]] as [
          string,
          string,
        ][])),
  ];
}
