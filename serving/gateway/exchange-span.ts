import {SpanKind, type Span} from '@opentelemetry/api';
import type {Trace} from '../../schemas/trace.ts';
import {genAiRequest, genAiResponse} from '../../telemetry/gen-ai.ts';
import {endFailed, type Tracing} from '../../telemetry/tracing.ts';
import type {Exchange} from './exchange.ts';

/**
 * The span of one answer: ids, figures and codes of the GenAI conventions, and no word of what was asked or answered. Its
 * trace is the caller's (`traceparent`), else called by the id that `ratchet trace` takes.
 */
export function beginExchange(
  tracing: Tracing,
  {id, task, request, project}: Pick<Exchange, 'id' | 'task' | 'request'> & {readonly project: string},
  parent: Span | string | null | undefined,
): Span {
  const model = `${project}/${task}`;
  return tracing.begin(`chat ${model}`, {
    kind: SpanKind.SERVER,
    parent,
    traceId: id,
    attributes: {
      ...genAiRequest({
        operation: 'chat',
        provider: 'ratchet',
        model,
        maxTokens: request.max_completion_tokens ?? request.max_tokens,
      }),
      'ratchet.project': project,
      'ratchet.task': task,
      'ratchet.trace': id,
    },
  });
}

/** Ends it with what its trace says. */
export function endExchange(
  span: Span,
  trace: Pick<
    Trace,
    | 'id'
    | 'release'
    | 'role'
    | 'shadowOf'
    | 'status'
    | 'error'
    | 'promptTokens'
    | 'completionTokens'
    | 'latencyMs'
    | 'cost'
  >,
  finish: string | null,
): void {
  if (span.isRecording())
    span.setAttributes({
      'ratchet.release': trace.release,
      'ratchet.role': trace.role,
      ...(trace.shadowOf === null ? {} : {'ratchet.shadow_of': trace.shadowOf}),
      'ratchet.model_ms': trace.latencyMs.model,
      'ratchet.cost': trace.cost,
      'http.response.status_code': trace.status,
      ...(finish === null
        ? {}
        : genAiResponse({
            id: `chatcmpl-${trace.id}`,
            finish: [finish],
            inputTokens: trace.promptTokens,
            outputTokens: trace.completionTokens,
          })),
    });
  // A client's own mistake is no failure of the server: https://opentelemetry.io/docs/specs/semconv/http/http-spans/
  if (trace.status >= 500) endFailed(span, trace.error ?? String(trace.status));
  else {
    if (trace.error !== null) span.setAttribute('error.type', trace.error);
    span.end();
  }
}
