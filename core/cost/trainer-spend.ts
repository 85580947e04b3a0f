import type {Spent} from '../../schemas/cost.ts';
import type {TrainerEvent} from '../../schemas/training.ts';
import {NOTHING} from './spent.ts';

/** What one trainer process spent on one day (UTC), as far as it has said. */
export interface TrainerSpend {
  /** Time and process ID of its start: the same process, whoever reads its events and how often. */
  readonly start: string;
  readonly day: string;
  readonly from: string;
  readonly to: string;
  readonly spent: Spent;
  /** What loading took, before the first row; nothing on a later day. */
  readonly load: {readonly cpuSeconds: number; readonly gpuSeconds: number};
  /** `cpu` or `cuda:0`; null before the model is loaded. */
  readonly device: string | null;
}

/** Both since the process began. */
interface Clock {
  readonly cpu: number;
  readonly gpu: number;
  readonly rows: number;
}

/**
 * Reads a job's events.jsonl from its beginning: one entry a process and day. Each event says how many seconds of wall and
 * CPU its process has used; GPU seconds are wall × devices. A killed process counts up to its last event, and a step that
 * was lost with it and done again counts twice, since it was paid for twice.
 */
export function trainerSpend(events: readonly TrainerEvent[], rowsPerStep: number): TrainerSpend[] {
  const found: TrainerSpend[] = [];
  let begun: {
    start: string;
    processes: number;
    device: string | null;
    step: number;
    before: Clock;
    load: Clock;
  } | null = null;
  let rows = 0;
  for (const event of events) {
    if (event.event === 'started') {
      const zero = {cpu: 0, gpu: 0, rows: 0};
      const start = `${event.t.replaceAll(/[^0-9TZ]/g, '')}-${event.pid ?? 0}`;
      begun = {start, processes: 1, device: null, step: 0, before: zero, load: zero};
      rows = 0;
    }
    if (begun === null) continue;
    if (event.event === 'loaded') {
      begun.device = event.device ?? 'cpu';
      begun.processes = event.processes ?? 1;
    }
    if (event.event === 'step') rows += rowsPerStep;
    const wall = event.process_seconds ?? 0;
    const now: Clock = {
      cpu: (event.process_cpu_seconds ?? 0) * begun.processes,
      gpu: (begun.device ?? 'cpu').startsWith('cpu') ? 0 : wall * begun.processes,
      rows,
    };
    if (event.event === 'loaded') begun.load = now;
    const day = event.t.slice(0, 10);
    const last = found.at(-1);
    const same = last?.start === begun.start && last.day === day;
    // A day's first event: what came before it belongs to the day before.
    if (!same && last?.start === begun.start) {
      begun.before = {
        cpu: begun.before.cpu + last.spent.cpuSeconds,
        gpu: begun.before.gpu + last.spent.gpuSeconds,
        rows: begun.before.rows + last.spent.units,
      };
    }
    const {before, load} = begun;
    const entry: TrainerSpend = {
      start: begun.start,
      day,
      from: same ? last.from : event.t,
      to: event.t,
      spent: {
        ...NOTHING,
        cpuSeconds: Math.max(0, now.cpu - before.cpu),
        gpuSeconds: Math.max(0, now.gpu - before.gpu),
        units: now.rows - before.rows,
      },
      load: before.cpu > 0 ? {cpuSeconds: 0, gpuSeconds: 0} : {cpuSeconds: load.cpu, gpuSeconds: load.gpu},
      device: begun.device,
    };
    if (same) found[found.length - 1] = entry;
    else found.push(entry);
  }
  return found;
}

/**
 * What stopping takes: at most the step that has begun, the one that it is noticed in, and some seconds to save. By what
 * the process used a second so far.
 */
export function toStop(events: readonly TrainerEvent[]): Pick<Spent, 'cpuSeconds' | 'gpuSeconds'> {
  const step = events.findLast(({event}) => event === 'step');
  const loaded = events.findLast(({event}) => event === 'loaded');
  if (step?.step_seconds === undefined || loaded === undefined) return {cpuSeconds: 0, gpuSeconds: 0};
  const processes = loaded.processes ?? 1;
  const seconds = 2 * step.step_seconds + SAVE_SECONDS;
  const busy = (step.process_cpu_seconds ?? 0) / Math.max(1e-3, step.process_seconds ?? 0);
  const gpu = (loaded.device ?? 'cpu').startsWith('cpu') ? 0 : 1;
  return {cpuSeconds: seconds * busy * processes, gpuSeconds: seconds * gpu * processes};
}

/** Saving a checkpoint, and until the stop is noticed. */
const SAVE_SECONDS = 2;
