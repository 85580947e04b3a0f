import type {ChatCompletionMessageFunctionToolCall} from 'openai/resources';
import {ErrorType, RatchetError} from '../../../schemas/errors.ts';
import type {ChatAsk} from './chat-model.ts';

/** The text of all system and developer messages, for vendors that take instructions apart from the conversation. */
export function instructionsOf({messages}: ChatAsk): string {
  const texts = messages.flatMap((message) => {
    if (message.role !== 'system' && message.role !== 'developer') return [];
    return typeof message.content === 'string' ? message.content : message.content.map(({text}) => text);
  });
  return texts.join('\n\n');
}

/**
 * An earlier call's arguments, for vendors that take them as an object; what a model wrote may be no JSON. Throws InvalidInput that
 * names the message, and doesn't repeat it.
 */
export function argumentsOf(
  call: ChatCompletionMessageFunctionToolCall,
  message: number,
  index: number,
): Record<string, unknown> {
  const text = call.function.arguments;
  const value = text.trim() === '' ? {} : parsed(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new RatchetError(
    ErrorType.InvalidInput,
    `messages.${message}.tool_calls.${index}.function.arguments: expected a JSON object, as this vendor takes no other: leave the call out, or correct it`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
