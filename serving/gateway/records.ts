import type {Stores} from '../../stores/stores.ts';
import type {Say} from '../../telemetry/log.ts';
import {FeedbackJournal, type FeedbackEntry} from './feedback-journal.ts';
import type {Metrics} from './metrics.ts';
import {RawLog} from './raw-log.ts';
import type {GatewaySettings} from './settings.ts';
import {TraceLog} from './trace-log.ts';
import {TraceWriter} from './trace-writer.ts';

/** Traces kept while the store is away: most are of ~1 KB, and one is as large as the text that was asked. */
const TRACES_IN_MEMORY = {limit: 50_000, limitBytes: 64 * 2 ** 20} as const;
/** Whole mails; those being written are as much again. */
const RAW_IN_MEMORY = {limit: 1000, limitBytes: 32 * 2 ** 20} as const;
const SWEEP_MS = 600_000;

interface RecordsParts {
  readonly settings: GatewaySettings;
  readonly stores: Stores;
  readonly metrics: Metrics;
  readonly say: Say;
}

/** What a gateway writes down: traces, feedback, and raw exchanges where the project wants them. */
export class Records {
  readonly traces: TraceLog;
  readonly journal: FeedbackJournal;
  /** Null where raw exchanges are not kept. */
  readonly raw: RawLog | null;
  readonly #parts: RecordsParts;
  readonly #writer: TraceWriter;
  #timers: NodeJS.Timeout[] = [];

  private constructor(parts: RecordsParts, journal: FeedbackJournal) {
    const {settings, stores, metrics} = parts;
    const {project, key, rawLifetimeMs: lifetimeMs} = settings;
    this.#parts = parts;
    this.journal = journal;
    this.#writer = new TraceWriter({store: settings.store, project});
    this.traces = new TraceLog({
      write: (page) => this.#writer.write(page),
      flushMs: settings.flushMs,
      flushTraces: settings.flushTraces,
      ...TRACES_IN_MEMORY,
      failed: (error) => {
        metrics.traceFailures.inc();
        this.#warn(`traces could not be written, they are kept: ${error.message}`);
      },
      dropped: (count) => metrics.tracesDropped.inc(count),
    });
    this.raw =
      lifetimeMs === null
        ? null
        : new RawLog({objects: stores.objects, project, key, lifetimeMs, ...RAW_IN_MEMORY});
  }

  /** Throws InvalidInput where the journal cannot be kept. */
  static async open(parts: RecordsParts): Promise<Records> {
    const {settings, stores, say} = parts;
    const journal = await FeedbackJournal.open(
      settings.state,
      (entries) => storeFeedback(stores, settings.project, entries),
      (message) => say(message, {level: 'warn'}),
    );
    return new Records(parts, journal);
  }

  start(): void {
    this.traces.start();
    const flush = () => {
      void this.#flushFeedback();
      void this.#flushRaw();
    };
    void this.#sweepRaw();
    this.#timers = [
      setInterval(flush, this.#parts.settings.flushMs),
      setInterval(() => void this.#sweepRaw(), SWEEP_MS),
    ];
  }

  /** Writes what is pending; nothing may come any more. */
  async stop(): Promise<void> {
    this.#timers.forEach((timer) => clearInterval(timer));
    await this.traces.stop();
    await this.#flushFeedback();
    // A flush under way took what was there when it began.
    await this.#flushRaw();
    await this.#flushRaw();
    await this.#writer.close();
  }

  #warn(message: string): void {
    this.#parts.say(message, {level: 'warn'});
  }

  async #flushFeedback(): Promise<void> {
    const {settings, metrics} = this.#parts;
    await this.journal.flush().catch((error: Error) => {
      metrics.feedbackFailures.inc();
      this.#warn(`feedback could not be written, it stays in ${settings.state}: ${error.message}`);
    });
  }

  async #flushRaw(): Promise<void> {
    await this.raw
      ?.flush()
      .catch((error: Error) =>
        this.#warn(`raw exchanges could not be written, they are kept: ${error.message}`),
      );
  }

  async #sweepRaw(): Promise<void> {
    await this.raw
      ?.sweep()
      .catch((error: Error) => this.#warn(`old raw exchanges could not be deleted: ${error.message}`));
  }
}

async function storeFeedback(
  {traces}: Stores,
  project: string,
  entries: readonly FeedbackEntry[],
): Promise<void> {
  const missing = entries.flatMap(({trace}) => (trace === null ? [] : [trace]));
  if (missing.length > 0)
    await traces.append(project, [...new Map(missing.map((trace) => [trace.id, trace])).values()]);
  await traces.appendFeedback(
    project,
    entries.map(({feedback}) => feedback),
  );
}
