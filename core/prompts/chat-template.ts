import {Template} from '@huggingface/jinja';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {FROZEN_NOW, strftime, withFrozenClock} from './template-date.ts';
import type {Tokenizer} from './tokenizer.ts';

export interface ChatTurn {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly content: string;
}

const compiled = new Map<string, Template>();

export interface ChatOptions {
  /** The day, `2026-01-31`, that a template which prints one shows; missing: that on which it is rendered. */
  readonly date?: string | undefined;
  /** Up to where the assistant goes on, which is the default; else up to the end of the last turn. */
  readonly goesOn?: boolean;
}

/**
 * The conversation in the model's own chat template.
 * Throws InvalidInput for a model without a template, or with one that refuses this conversation.
 */
export function renderChat(
  turns: readonly ChatTurn[],
  tokenizer: Tokenizer,
  {date, goesOn = true}: ChatOptions = {},
): string {
  const written = tokenizer.chatTemplate;
  if (written === null)
    throw new RatchetError(
      ErrorType.InvalidInput,
      'the base model has no chat template: set "format: plain" for this task, or use an instruct model',
    );
  const source = date === undefined ? written : withFrozenClock(written);
  try {
    let template = compiled.get(source);
    if (!template) compiled.set(source, (template = new Template(source)));
    return template.render({
      messages: turns.map(({role, content}) => ({role, content})),
      add_generation_prompt: goesOn,
      bos_token: '',
      eos_token: tokenizer.eos?.text ?? '',
      ...(date === undefined ? {} : {[FROZEN_NOW]: (format: string) => strftime(date, format)}),
    });
  } catch (cause) {
    throw new RatchetError(
      ErrorType.InvalidInput,
      `the base model's chat template cannot render this task: ${(cause as Error).message}`,
      {cause},
    );
  }
}
