import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import type {PromptVersion} from '../../schemas/release.ts';
import type {Message, Row} from '../../schemas/row.ts';
import {renderChat, type ChatTurn} from './chat-template.ts';
import {cutToTokens} from './cut.ts';
import {disarm, fillTemplate} from './fill.ts';
import type {Tokenizer} from './tokenizer.ts';

export interface RenderedPrompt {
  /** The exact text that goes to the model, control tokens by name; the model goes on behind it. */
  readonly prompt: string;
  /** Some input was cut. */
  readonly truncated: boolean;
}

export interface RenderedExample {
  readonly prompt: string;
  readonly completion: string;
  /** The end-of-text token follows the completion. */
  readonly eos: boolean;
}

/**
 * A task's prompt for these fields. Used by training, gauntlet and gateway alike: the same fields give the same bytes.
 * `inputs` together are cut to maxInputTokens, `trim` first; template and answer cue never are. A chat task renders
 * `messages` instead. Throws InvalidInput for a field that the prompt needs and the input lacks.
 */
export function renderPrompt(
  prompt: PromptVersion,
  fields: Readonly<Record<string, string>>,
  tokenizer: Tokenizer,
  messages: readonly Message[] = [],
): RenderedPrompt {
  return prompt.kind === 'chat' && messages.length > 0
    ? renderConversation(prompt, messages, tokenizer)
    : renderFields(prompt, fields, tokenizer);
}

/**
 * What the trainer reads of a row, or null where the row has no answer to this task (no label of its classes, an empty
 * target). Classification: the choice alone. Generation: the target, ended by end-of-text unless it was cut to
 * maxOutputTokens. Chat: the last message, if it is the assistant's.
 */
export function renderTraining(
  prompt: PromptVersion,
  row: Pick<Row, 'fields' | 'label' | 'messages'>,
  tokenizer: Tokenizer,
): RenderedExample | null {
  const messages = row.messages ?? [];
  const answer = referenceAnswer(prompt, row);
  if (answer === null) return null;
  const asked = prompt.kind === 'chat' && messages.length > 0 ? messages.slice(0, -1) : messages;
  const {prompt: text} = renderPrompt(prompt, row.fields, tokenizer, asked);
  if (prompt.kind === 'classification')
    return {prompt: text, completion: prompt.choices![answer]!, eos: false};
  const lead = prompt.format === 'plain' ? ' ' : '';
  const {text: completion, truncated} = cutToTokens(
    lead + disarm(answer, tokenizer),
    prompt.maxOutputTokens,
    tokenizer,
  );
  return completion.trim() === '' ? null : {prompt: text, completion, eos: !truncated};
}

/** The answer a row gives to a task: the label of a class, the target field, the assistant's last message; else null. */
export function referenceAnswer(
  prompt: PromptVersion,
  row: Pick<Row, 'fields' | 'label' | 'messages'>,
): string | null {
  switch (prompt.kind) {
    case 'classification':
      return row.label !== undefined && Object.hasOwn(prompt.choices ?? {}, row.label) ? row.label : null;
    case 'generation': {
      const text = (prompt.target === undefined ? row.label : row.fields[prompt.target]) ?? '';
      return text.trim() === '' ? null : text;
    }
    case 'chat': {
      const last = row.messages?.at(-1);
      if (last?.role === 'assistant' && (row.messages?.length ?? 0) > 1) return messageText(last) || null;
      return row.label?.trim() ? row.label : null;
    }
  }
}

function renderFields(
  prompt: PromptVersion,
  fields: Readonly<Record<string, string>>,
  tokenizer: Tokenizer,
): RenderedPrompt {
  for (const name of prompt.inputs)
    if (typeof fields[name] !== 'string')
      throw new RatchetError(
        ErrorType.InvalidInput,
        `task "${prompt.task}" needs the field "${name}"; the input has ${Object.keys(fields).join(', ') || 'none'}`,
      );
  const cut: Record<string, string> = {};
  let left = prompt.maxInputTokens;
  let truncated = false;
  // The trimmed input comes last, so that it gets what the others leave.
  for (const name of [...prompt.inputs.filter((input) => input !== prompt.trim), prompt.trim]) {
    const part = cutToTokens(disarm(fields[name] ?? '', tokenizer), left, tokenizer);
    cut[name] = part.text;
    left -= part.tokens;
    truncated ||= part.truncated;
  }
  const filled = fillTemplate(prompt.template, cut);
  if (prompt.format === 'plain') return {prompt: filled, truncated};
  const turns: ChatTurn[] = [...system(prompt), {role: 'user', content: filled}];
  return {prompt: renderChat(turns, tokenizer, prompt), truncated};
}

/** The newest messages that fit; the oldest leave first, and the last one is cut where it alone is too long. */
function renderConversation(
  prompt: PromptVersion,
  messages: readonly Message[],
  tokenizer: Tokenizer,
): RenderedPrompt {
  const turns: ChatTurn[] = messages.map((message) => ({
    role: message.role,
    content: disarm(messageText(message), tokenizer),
  }));
  const lead = turns[0]?.role === 'system' ? [turns.shift()!] : system(prompt);
  const kept: ChatTurn[] = [];
  let left = prompt.maxInputTokens;
  let truncated = false;
  for (const turn of turns.reverse()) {
    const {text, tokens, truncated: cut} = cutToTokens(turn.content, left, tokenizer);
    if (cut && kept.length > 0) {
      truncated = true;
      break;
    }
    kept.unshift({role: turn.role, content: text});
    left -= tokens;
    truncated ||= cut;
  }
  return {prompt: renderChat([...lead, ...kept], tokenizer, prompt), truncated};
}

function system(prompt: PromptVersion): ChatTurn[] {
  return prompt.system === undefined ? [] : [{role: 'system', content: prompt.system}];
}

/** A message's text parts, joined by line breaks; parts of other kinds have no text. */
export function messageText(message: Message): string {
  if (typeof message.content === 'string') return message.content;
  return (message.content ?? []).flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}
