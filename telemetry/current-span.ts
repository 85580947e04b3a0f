import {AsyncLocalStorage} from 'node:async_hooks';
import type {Span} from '@opentelemetry/api';
import {traceparentOf} from './tracing.ts';

const current = new AsyncLocalStorage<Span>();

/** Runs `body` with `span` as the span above of whatever it asks over HTTP. */
export function within<T>(span: Span, body: () => T): T {
  return current.run(span, body);
}

/** The header that a request out of here carries; none outside of any span. */
export function traceHeaders(): {traceparent?: string} {
  const span = current.getStore();
  return span === undefined ? {} : {traceparent: traceparentOf(span)};
}
