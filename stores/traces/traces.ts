import {traceSecond} from '../../core/identity/trace-id.ts';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {Feedback, Trace} from '../../schemas/trace.ts';
import {HourlyLog, type LogLine} from './hourly-log.ts';
import type {ObjectStore} from '../objects/object-store.ts';

/** Half-open, in milliseconds since the epoch. */
export interface TimeWindow {
  readonly from: number;
  readonly to: number;
}

/** What users asked and said: `traces/PROJECT/…` and `feedback/PROJECT/…`, in batches by hour. */
export class Traces {
  readonly #traces: HourlyLog<Trace>;
  readonly #feedback: HourlyLog<Feedback>;

  constructor(store: ObjectStore) {
    this.#traces = new HourlyLog(store, {
      folder: 'traces',
      schema: Trace,
      time: timeOf,
      id: (trace) => trace.id,
    });
    this.#feedback = new HourlyLog(store, {
      folder: 'feedback',
      schema: Feedback,
      time: timeOf,
      id: ({id}) => id,
    });
  }

  /**
   * Stores a batch; the same batch again is no second one. Throws InvalidInput, storing nothing, if a trace's id and `at` are
   * not from the same second: make both from one reading of the clock (traceId in core/identity/trace-id.ts), or it would not
   * be found.
   */
  async append(project: string, traces: Iterable<Trace>): Promise<void> {
    await this.#traces.append(project, ofOneSecond(traces));
  }

  /**
   * The same of traces that are JSON already, each with a line feed behind it and beginning with `v`, `id` and `at`. Nothing else
   * of them is looked at, which costs a tenth of checking them: who made them answers for their shape. Throws InvalidInput,
   * storing nothing, where one begins otherwise.
   */
  async appendLines(project: string, lines: Iterable<Buffer>): Promise<void> {
    await this.#traces.appendLines(project, placed(lines));
  }

  /** By time, then id; streaming. */
  read(project: string, {from, to}: TimeWindow): AsyncGenerator<Trace, void, undefined> {
    return this.#traces.read(project, from, to);
  }

  /** The newest before a time (milliseconds since the epoch), newest first; see HourlyLog.newest. */
  newest(
    project: string,
    {before, most}: {readonly before: number; readonly most: number},
  ): Promise<{readonly items: Trace[]; readonly more: boolean}> {
    return this.#traces.newest(project, before, most);
  }

  /** By id (`chatcmpl-` may stand before it); null if it isn't there (yet: batches are written with a delay). */
  async find(project: string, id: string): Promise<Trace | null> {
    const bare = id.replace(/^chatcmpl-/, '');
    const second = traceSecond(bare) * 1000;
    return this.#traces.find(project, bare, second, second + 1000);
  }

  async appendFeedback(project: string, feedback: readonly Feedback[]): Promise<void> {
    await this.#feedback.append(project, feedback);
  }

  /** By the time it was given, then id; streaming. */
  readFeedback(project: string, {from, to}: TimeWindow): AsyncGenerator<Feedback, void, undefined> {
    return this.#feedback.read(project, from, to);
  }
}

function timeOf({at}: {readonly at: string}): number {
  return Date.parse(at);
}

function* ofOneSecond(traces: Iterable<Trace>): Generator<Trace, void, undefined> {
  for (const trace of traces) {
    checkSecond(trace.id, trace.at);
    yield trace;
  }
}

const BEGINNING = /^\{"v":1,"id":"([0-9a-f]{32})","at":"([^"]{20,27})",/;
/** As long as it can be. */
const BEGINNING_BYTES = 100;

function* placed(lines: Iterable<Buffer>): Generator<LogLine, void, undefined> {
  for (const bytes of lines) {
    const beginning = bytes.toString('latin1', 0, BEGINNING_BYTES);
    const [, id, at] = BEGINNING.exec(beginning) ?? [];
    if (id === undefined || at === undefined)
      throw new RatchetError(
        ErrorType.InvalidInput,
        `a line of traces begins with ${beginning.slice(0, 40)}: expected {"v":1,"id":"…","at":"…",`,
      );
    yield {id, time: checkSecond(id, at), bytes};
  }
}

/** The time, in milliseconds. */
function checkSecond(id: string, at: string): number {
  const time = Date.parse(at);
  if (traceSecond(id) === Math.floor(time / 1000)) return time;
  throw new RatchetError(
    ErrorType.InvalidInput,
    `trace ${id} is of ${new Date(traceSecond(id) * 1000).toISOString()} by its id, but says ${at}: make both from one reading of the clock`,
  );
}
