import {SpanKind} from '@opentelemetry/api';
import {genAiRequest, genAiResponse} from '../../telemetry/gen-ai.ts';
import type {Say} from '../../telemetry/log.ts';
import {endFailed, readTraceparent, type Tracing} from '../../telemetry/tracing.ts';
import type {Completion, Generation} from './complete.ts';
import {EngineFailure} from './failure.ts';
import type {EngineMetrics} from './metrics.ts';
import {Phases} from './phases.ts';

export interface EngineObserver {
  readonly metrics: EngineMetrics;
  readonly tracing: Tracing | null;
  readonly say: Say;
}

/**
 * Answers a request while looking at the clock: metrics, a span that goes on the caller's trace with one below it for each
 * phase, and a line in the log if it fails. No prompt, no answer in any of them.
 */
export async function observed(
  {metrics, tracing, say}: EngineObserver,
  of: {
    readonly operation: 'chat' | 'text_completion';
    readonly model: string;
    readonly wanted: Generation;
    readonly traceparent: string | undefined;
  },
  answer: (phases: Phases) => Promise<Completion[]>,
): Promise<Completion[]> {
  const {operation, model, wanted, traceparent} = of;
  const phases = new Phases();
  const began = performance.now();
  const span =
    tracing?.begin(`${operation} ${model}`, {
      kind: SpanKind.SERVER,
      parent: traceparent,
      attributes: genAiRequest({
        operation,
        provider: 'ratchet.engine',
        model,
        maxTokens: wanted.maxTokens,
        temperature: wanted.temperature,
      }),
    }) ?? null;
  const seconds = () => (performance.now() - began) / 1000;
  try {
    const completions = await answer(phases);
    const promptTokens = completions.reduce((sum, one) => sum + one.promptTokens, 0);
    const completionTokens = completions.reduce((sum, one) => sum + one.completionTokens, 0);
    metrics.answered({operation, model, phases, seconds: seconds(), promptTokens, completionTokens});
    if (span !== null && tracing !== null) {
      if (span.isRecording()) {
        spansOf(phases, tracing, span);
        span.setAttributes(
          genAiResponse({
            model,
            finish: completions.map(({finish}) => finish),
            inputTokens: promptTokens,
            outputTokens: completionTokens,
          }),
        );
      }
      span.end();
    }
    return completions;
  } catch (error) {
    const type = errorType(error);
    metrics.failed({operation, model, seconds: seconds(), error: type});
    if (span !== null && tracing !== null) {
      if (span.isRecording()) spansOf(phases, tracing, span);
      if (error instanceof EngineFailure && error.status < 500) {
        span.setAttribute('error.type', type);
        span.end();
      } else endFailed(span, type);
    }
    if (!(error instanceof EngineFailure) && type !== 'client_closed')
      say('a request failed', {
        level: 'error',
        error: type,
        trace: traceparent === undefined ? undefined : readTraceparent(traceparent)?.traceId,
      });
    throw error;
  }
}

function spansOf(phases: Phases, tracing: Tracing, parent: Parameters<typeof endFailed>[0]): void {
  for (const {name, start, end} of phases.all)
    tracing.begin(name, {kind: SpanKind.INTERNAL, parent, startTime: start, attributes: {}}).end(end);
}

function errorType(error: unknown): string {
  if (error instanceof EngineFailure) return error.type;
  if (error instanceof Error && error.message === 'the client hung up') return 'client_closed';
  return error instanceof Error ? error.name : 'Error';
}
