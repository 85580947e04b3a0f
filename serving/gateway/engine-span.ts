import {SpanKind, type Span} from '@opentelemetry/api';
import {genAiRequest, genAiResponse} from '../../telemetry/gen-ai.ts';
import {endFailed, type Tracing} from '../../telemetry/tracing.ts';
import type {EngineAnswer, EngineRequest} from './engine-answer.ts';
import {GatewayError} from './gateway-error.ts';

/** The span of one call to one engine: without the prompt, and without what came. */
export function beginCall(
  tracing: Tracing,
  parent: Span,
  of: {readonly url: string; readonly model: string; readonly request: EngineRequest},
): Span {
  const {hostname, port, protocol} = new URL(of.url);
  return tracing.begin(`text_completion ${of.model}`, {
    kind: SpanKind.CLIENT,
    parent,
    attributes: {
      ...genAiRequest({
        operation: 'text_completion',
        provider: 'ratchet.engine',
        model: of.model,
        maxTokens: of.request.max_tokens,
        temperature: of.request.temperature,
      }),
      'server.address': hostname,
      'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
    },
  });
}

export function endCall(call: Span, answer: EngineAnswer): void {
  if (call.isRecording())
    call.setAttributes(
      genAiResponse({
        finish: [answer.finish],
        inputTokens: answer.promptTokens,
        outputTokens: answer.completionTokens,
      }),
    );
  call.end();
}

export function failCall(call: Span, error: unknown): void {
  const code =
    error instanceof GatewayError
      ? error.code
      : ((error as NodeJS.ErrnoException).code ?? 'engine_unavailable');
  endFailed(call, code);
}
