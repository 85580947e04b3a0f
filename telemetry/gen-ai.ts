import type {Attributes} from '@opentelemetry/api';

/**
 * OpenTelemetry's attributes of a call to a model, by the GenAI conventions as of 1.37 (`gen_ai.provider.name`, no message
 * content): https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
 */
export function genAiRequest(of: {
  readonly operation: 'chat' | 'text_completion';
  /** Who answers: `ratchet` (the gateway), `ratchet.engine` or whatever else speaks OpenAI's interface. */
  readonly provider: string;
  readonly model: string;
  readonly maxTokens?: number | null | undefined;
  readonly temperature?: number | null | undefined;
}): Attributes {
  return {
    'gen_ai.operation.name': of.operation,
    'gen_ai.provider.name': of.provider,
    'gen_ai.request.model': of.model,
    ...((of.maxTokens ?? null) === null ? {} : {'gen_ai.request.max_tokens': of.maxTokens!}),
    ...((of.temperature ?? null) === null ? {} : {'gen_ai.request.temperature': of.temperature!}),
    'gen_ai.output.type': 'text',
  };
}

export function genAiResponse(of: {
  readonly id?: string;
  readonly model?: string;
  readonly finish: readonly string[];
  readonly inputTokens: number;
  readonly outputTokens: number;
}): Attributes {
  return {
    ...(of.id === undefined ? {} : {'gen_ai.response.id': of.id}),
    ...(of.model === undefined ? {} : {'gen_ai.response.model': of.model}),
    'gen_ai.response.finish_reasons': [...of.finish],
    'gen_ai.usage.input_tokens': of.inputTokens,
    'gen_ai.usage.output_tokens': of.outputTokens,
  };
}
