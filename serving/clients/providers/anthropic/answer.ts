import type Anthropic from '@anthropic-ai/sdk';
import type {ChatCompletion, ChatCompletionMessageFunctionToolCall, CompletionUsage} from 'openai/resources';

/** A message of Anthropic's as OpenAI's chat completion. Thinking blocks are left out, as OpenAI shows none. */
export function completionOf(message: Anthropic.Message): ChatCompletion {
  const {id, model, content, stop_reason: reason, usage} = message;
  const texts = content.flatMap((block) => (block.type === 'text' ? block.text : []));
  const calls = content.flatMap((block) => (block.type === 'tool_use' ? toolCall(block) : []));
  return {
    id,
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1000),
    model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: texts.length === 0 ? null : texts.join(''),
          refusal: refusalOf(message),
          ...(calls.length === 0 ? {} : {tool_calls: calls}),
        },
        logprobs: null,
        finish_reason: finishOf(reason),
      },
    ],
    usage: usageOf(usage),
  };
}

function toolCall({id, name, input}: Anthropic.ToolUseBlock): ChatCompletionMessageFunctionToolCall {
  return {id, type: 'function', function: {name, arguments: JSON.stringify(input ?? {})}};
}

type Finish = ChatCompletion.Choice['finish_reason'];

const FINISHES: Readonly<Record<Anthropic.StopReason, Finish>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  pause_turn: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
};

/** A reason that is newer than this table is an end like any other. */
export function finishOf(reason: Anthropic.StopReason | null): Finish {
  return FINISHES[reason ?? 'end_turn'] ?? 'stop';
}

/** What there is instead of an answer; null: nothing was refused. */
export function refusalOf({
  stop_reason: reason,
  stop_details: details,
}: Pick<Anthropic.Message, 'stop_reason' | 'stop_details'>): string | null {
  if (reason !== 'refusal') return null;
  return details?.explanation ?? 'The model refused to answer.';
}

/** Anthropic counts what it reads from and writes to its cache apart from the other input. */
export function usageOf(usage: Partial<Anthropic.Usage> | Anthropic.MessageDeltaUsage): CompletionUsage {
  const read = usage.cache_read_input_tokens ?? 0;
  const written = usage.cache_creation_input_tokens ?? 0;
  const prompt = (usage.input_tokens ?? 0) + read + written;
  const completion = usage.output_tokens ?? 0;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: {cached_tokens: read, cache_write_tokens: written},
    completion_tokens_details: {reasoning_tokens: usage.output_tokens_details?.thinking_tokens ?? 0},
  };
}
