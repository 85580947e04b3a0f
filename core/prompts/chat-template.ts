import {Template} from '@huggingface/jinja';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import type {Tokenizer} from './tokenizer.ts';

export interface ChatTurn {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly content: string;
}

const compiled = new Map<string, Template>();

/**
 * The conversation in the model's own chat template, up to where the assistant goes on.
 * Throws InvalidInput for a model without a template, or with one that refuses this conversation.
 */
export function renderChat(turns: readonly ChatTurn[], tokenizer: Tokenizer): string {
  const source = tokenizer.chatTemplate;
  if (source === null)
    throw new RatchetError(
      ErrorType.InvalidInput,
      'the base model has no chat template: set "format: plain" for this task, or use an instruct model',
    );
  try {
    let template = compiled.get(source);
    if (!template) compiled.set(source, (template = new Template(source)));
    return template.render({
      messages: turns.map(({role, content}) => ({role, content})),
      add_generation_prompt: true,
      bos_token: '',
      eos_token: tokenizer.eos?.text ?? '',
    });
  } catch (cause) {
    throw new RatchetError(
      ErrorType.InvalidInput,
      `the base model's chat template cannot render this task: ${(cause as Error).message}`,
      {cause},
    );
  }
}
