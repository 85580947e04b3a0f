import {randomUUID} from 'node:crypto';
import {labelNamed} from '../../core/curation/label.ts';
import {traceSecond} from '../../core/identity/trace-id.ts';
import {type Feedback, FeedbackRequest, type Trace} from '../../schemas/trace.ts';
import {invalid} from './chat-request.ts';
import type {FeedbackJournal} from './feedback-journal.ts';
import {GatewayError, unavailable} from './gateway-error.ts';
import type {TraceLog} from './trace-log.ts';

/** What a task may answer, and how else users may call it: spelling → label. */
export interface TaskLabels {
  readonly labels: readonly string[];
  readonly aliases: Readonly<Record<string, string>>;
}

export interface FeedbackDeskParts {
  readonly project: string;
  readonly traces: TraceLog;
  readonly journal: FeedbackJournal;
  /** A trace that is in the store; null if it is not. */
  readonly stored: (id: string) => Promise<Trace | null>;
  /** What a task may answer now; null where it writes freely, or is not served. */
  readonly labelsOf: (task: string) => TaskLabels | null;
  /** Takes personal data out of what users write into corrections. */
  readonly scrub: (text: string, lane: string) => Promise<string>;
}

/** Milliseconds: how young an answer may be that another gateway still holds, and how far clocks are apart. */
const FRESH_MS = 60_000;
/** Milliseconds that the store has to say what an answer was. */
const LOOKUP_MS = 1000;
/** A lookup reads a few batches of traces. */
const LOOKUPS_AT_ONCE = 4;
const MOST_KNOWN = 10_000;

/**
 * Takes feedback, and refuses what can teach nothing: on an answer that nobody gave, or of a label that its task does not have.
 * It never waits long for the store: where that is away or slow, or too many ask at once, or the answer is so young that
 * another gateway may hold it, the feedback is taken as it is, and whoever learns from it checks it again.
 */
export class FeedbackDesk {
  readonly #parts: FeedbackDeskParts;
  #lookups = 0;
  /** Tasks of answers that feedback was taken on: their traces wait in the journal, where nobody looks them up. */
  readonly #known = new Map<string, string>();

  constructor(parts: FeedbackDeskParts) {
    this.#parts = parts;
  }

  /** `body` as a client sent it. Kept on the disk when it resolves. Throws GatewayError 400, and 503 if it cannot be kept. */
  async take(body: unknown, key: {readonly id: string; readonly family: string} | null): Promise<Feedback> {
    const {traces, journal, project} = this.#parts;
    const {correction, ...rest} = requestOf(body);
    const trace = rest.trace.replace(/^chatcmpl-/, '');
    const held = traces.get(trace);
    const task = held?.task ?? this.#known.get(trace) ?? (await this.#find(trace));
    const feedback: Feedback = {
      ...rest,
      ...(correction === undefined
        ? {}
        : {correction: await this.#corrected(correction, task, key?.family ?? '')}),
      v: 1,
      id: randomUUID(),
      trace,
      at: new Date().toISOString(),
      project,
      ...(key === null ? {} : {key: key.id}),
    };
    try {
      // Feedback is worth little without what it is about: a trace that only memory holds goes into the journal with it.
      await journal.add({feedback, trace: held ?? null});
    } catch (cause) {
      throw unavailable('feedback_not_kept', 'the feedback could not be kept: try again', cause);
    }
    if (held !== undefined) traces.delete(trace);
    if (task !== null) this.#remember(trace, task);
    return feedback;
  }

  #remember(trace: string, task: string): void {
    this.#known.set(trace, task);
    if (this.#known.size <= MOST_KNOWN) return;
    const [oldest] = this.#known.keys();
    this.#known.delete(oldest!);
  }

  /** The task of an answer; null where it cannot be known now. Throws GatewayError 400 where there is no such answer. */
  async #find(trace: string): Promise<string | null> {
    const age = Date.now() - traceSecond(trace) * 1000;
    if (age < -FRESH_MS) throw unknownTrace();
    if (this.#lookups >= LOOKUPS_AT_ONCE) return null;
    this.#lookups++;
    const lookup = this.#parts
      .stored(trace)
      .catch(() => 'unreadable' as const)
      .finally(() => this.#lookups--);
    const found = await within(LOOKUP_MS, lookup);
    if (found === null && age > FRESH_MS) throw unknownTrace();
    return found === 'unreadable' || found === 'late' ? null : (found?.task ?? null);
  }

  async #corrected(said: string, task: string | null, lane: string): Promise<string> {
    const known = task === null ? null : this.#parts.labelsOf(task);
    if (known === null) return this.#parts.scrub(said, lane);
    const {labels, aliases} = known;
    const label = labelNamed(said, labels, aliases);
    if (label !== null) return label;
    throw new GatewayError(
      400,
      'unknown_label',
      `correction: ${task} has no such label; expected ${oneOf(labels)}`,
      {param: 'correction'},
    );
  }
}

function requestOf(body: unknown): FeedbackRequest {
  const parsed = FeedbackRequest.safeParse(body);
  if (!parsed.success) throw invalid(parsed.error);
  const {trace, rating, correction, implicit} = parsed.data;
  if (!/^(chatcmpl-)?[0-9a-f]{32}$/.test(trace))
    throw new GatewayError(400, 'invalid_request', 'trace: expected the id of an answer, 32 hex digits', {
      param: 'trace',
    });
  if (rating === undefined && correction === undefined && implicit === undefined)
    throw new GatewayError(400, 'invalid_request', 'expected a rating, a correction or an implicit signal');
  return parsed.data;
}

function unknownTrace(): GatewayError {
  return new GatewayError(
    400,
    'unknown_trace',
    'trace: no answer of this project has this id; send the id of the answer, or its x-ratchet-trace header',
    {param: 'trace'},
  );
}

const MOST_NAMED = 20;

function oneOf(labels: readonly string[]): string {
  const named = labels.slice(0, MOST_NAMED).map((label) => JSON.stringify(label));
  const more = labels.length - named.length;
  return `one of ${named.join(', ')}${more > 0 ? `, … (${more} more)` : ''}`;
}

async function within<T>(ms: number, work: Promise<T>): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => (timer = setTimeout(() => resolve('late'), ms)));
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
