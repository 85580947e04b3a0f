import type {LifecycleProgress, StageProgress} from '../schemas/messages.ts';
import {asTyped} from './own-command.ts';
import {styled} from './output.ts';
import type {Rate} from './rate.ts';
import {count, duration} from './show.ts';

const MARKS = {waiting: '○', running: '▶', done: '●', cached: '●', failed: '✗', skipped: '–'} as const;
const STYLES = {
  waiting: 'gray',
  running: 'cyan',
  done: 'green',
  cached: 'green',
  failed: 'red',
  skipped: 'gray',
} as const;
const BAR = 24;
/** People and traffic decide how long these take: no rate says anything about the time left. */
const UNEVEN = ['approval', 'rollout', 'monitor'];

/** What a terminal shows of a run: a line a stage, with bar, amount, rate and time left where something is measured. */
export function frame(
  view: LifecycleProgress,
  rates: ReadonlyMap<string, Rate>,
  now: number,
  width: number,
): string {
  const longest = Math.max(...view.stages.map(({stage}) => stage.length));
  return view.stages
    .flatMap((stage) => {
      const head = `${MARKS[stage.status]} ${stage.stage.padEnd(longest)}  `;
      const command = commandOf(stage);
      const said = command === undefined ? stage : {...stage, note: undefined};
      const rest = [...bar(said), ...words(said, rates.get(stage.stage), now)].join('  ');
      return [
        styled(STYLES[stage.status], head) + cut(rest, width - head.length),
        ...(command === undefined ? [] : wholeCommand(command, width)),
      ];
    })
    .join('\n');
}

/** What a person has to type for the run to go on. */
function commandOf({status, note}: StageProgress): string | undefined {
  return status === 'running' && note !== undefined && /^npx ratchet /.test(note) ? asTyped(note) : undefined;
}

/** Never cut: a command that is wider than the terminal goes on in the next line, as a shell reads it. */
function wholeCommand(command: string, width: number): string[] {
  const indented = `    ${command}`;
  if (indented.length <= width) return [indented];
  const at = command.lastIndexOf(' --');
  return at < 0 ? [indented] : [`    ${command.slice(0, at)} \\`, `     ${command.slice(at)}`];
}

/** What is said of a stage where lines are only appended: the same words, without bar. */
export function line(stage: StageProgress, rate: Rate | undefined, now: number): string {
  return `${stage.stage}: ${words(stage, rate, now).join(', ')}`;
}

/** Few approvals need no bar, and what is said beside them needs the room. */
function bar({stage, status, progress}: StageProgress): string[] {
  if (stage === 'approval' || status !== 'running' || !progress || progress.total <= 0) return [];
  const full = Math.round((Math.min(progress.done, progress.total) / progress.total) * BAR);
  return ['█'.repeat(full) + '░'.repeat(BAR - full)];
}

function words(stage: StageProgress, rate: Rate | undefined, now: number): string[] {
  const {status, progress, note, startedAt, endedAt} = stage;
  if (status === 'waiting') return ['waiting'];
  if (status !== 'running') {
    const took = startedAt && endedAt ? [duration((Date.parse(endedAt) - Date.parse(startedAt)) / 1000)] : [];
    return [status, ...took, ...(note ? [note] : [])];
  }
  const since = startedAt ? [`for ${duration(Math.max(0, now - Date.parse(startedAt)) / 1000)}`] : [];
  if (!progress || progress.total <= 0) return ['running', ...since, ...(note ? [note] : [])];
  const {done, total, unit} = progress;
  const speed = rate?.perSecond(now);
  return [
    `${count(done)} of ${count(total)} ${unit}`,
    ...(speed === undefined || done >= total || UNEVEN.includes(stage.stage)
      ? since
      : [perTime(speed, unit), left(total - done, speed)]),
    // What a person has to do comes first: the end of a long line is cut.
    ...(note ? [note] : []),
    ...(progress.note && progress.note !== note ? [progress.note] : []),
  ];
}

function left(amount: number, perSecond: number): string {
  return `${duration(amount / perSecond)} left`;
}

/** `12.3 rows/s`; slow things by the minute. */
function perTime(perSecond: number, unit: string): string {
  return perSecond >= 0.5
    ? `${perSecond.toFixed(1)} ${unit}/s`
    : `${(perSecond * 60).toFixed(1)} ${unit}/min`;
}

function cut(text: string, width: number): string {
  return text.length > width && width > 1 ? `${text.slice(0, width - 1)}…` : text;
}
