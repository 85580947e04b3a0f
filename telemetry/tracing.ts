import {
  ROOT_CONTEXT,
  SpanStatusCode,
  TraceFlags,
  trace,
  type Attributes,
  type Context,
  type Span,
  type SpanKind,
  type TimeInput,
  type Tracer,
} from '@opentelemetry/api';
import type {ChosenIds} from './chosen-ids.ts';

export interface SpanStart {
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  /** The span above: of this process, or W3C's `traceparent` of another; one that cannot be read counts as none. */
  readonly parent?: Span | string | null | undefined;
  readonly startTime?: TimeInput;
  /** 32 hex digits: what the trace is called if this span begins it. */
  readonly traceId?: string;
  /** 16 hex digits: what this span is called. */
  readonly spanId?: string;
}

/** Begins spans. Exists only where traces are asked for: whoever traces has `Tracing | null`, and null costs nothing. */
export class Tracing {
  readonly #tracer: Tracer;
  readonly #ids: ChosenIds;

  constructor(tracer: Tracer, ids: ChosenIds) {
    this.#tracer = tracer;
    this.#ids = ids;
  }

  begin(name: string, start: SpanStart): Span {
    const {kind, attributes, startTime, traceId, spanId} = start;
    const options = {kind, attributes, ...(startTime === undefined ? {} : {startTime})};
    return this.#ids.with({traceId, spanId}, () =>
      this.#tracer.startSpan(name, options, contextOf(start.parent)),
    );
  }
}

function contextOf(parent: SpanStart['parent']): Context {
  if (parent === null || parent === undefined) return ROOT_CONTEXT;
  if (typeof parent !== 'string') return trace.setSpan(ROOT_CONTEXT, parent);
  const read = readTraceparent(parent);
  if (read === null) return ROOT_CONTEXT;
  const traceFlags = read.sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: read.traceId,
    spanId: read.spanId,
    traceFlags,
    isRemote: true,
  });
}

/** The parts of a `traceparent`, null where it is none. https://www.w3.org/TR/trace-context/ */
export function readTraceparent(
  text: string,
): {readonly traceId: string; readonly spanId: string; readonly sampled: boolean} | null {
  const match = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/.exec(text.trim());
  if (match === null) return null;
  const [, traceId, spanId, flags] = match as unknown as [string, string, string, string];
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return {traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1};
}

/** What tells another process about a span. */
export function traceparentOf(span: Span): string {
  const {traceId, spanId, traceFlags} = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

/** Ends a span as failed; `type` is a code or a class of errors, never a message, which may repeat what was asked. */
export function endFailed(span: Span, type: string, endTime?: TimeInput): void {
  span.setAttribute('error.type', type);
  span.setStatus({code: SpanStatusCode.ERROR});
  span.end(endTime);
}
