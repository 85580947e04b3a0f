import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import type {PromptVersion} from '../../schemas/release.ts';
import type {Message, Row} from '../../schemas/row.ts';
import {renderChat, type ChatTurn} from './chat-template.ts';
import {cutToTokens, type Cut} from './cut.ts';
import {disarm} from './disarm.ts';
import {fillTemplate} from './fill.ts';
import {measureOf, type Measure} from './measure.ts';
import type {Tokenizer} from './tokenizer.ts';

export interface RenderedPrompt {
  /** The exact text that goes to the model, control tokens by name; the model goes on behind it. */
  readonly prompt: string;
  /** Some input was cut. */
  readonly truncated: boolean;
}

export interface RenderedTurns {
  readonly turns: readonly ChatTurn[];
  /** Some input was cut, or messages left out. */
  readonly truncated: boolean;
}

export interface RenderedExample {
  readonly prompt: string;
  readonly completion: string;
  /** The end-of-text token follows the completion. */
  readonly eos: boolean;
  /** Parts of the prompt, [from, to] in code points, that are answers of the assistant's and learned from, too. */
  readonly spans?: readonly (readonly [number, number])[];
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
  const {turns, truncated} = renderTurns(prompt, fields, measureOf(tokenizer), messages);
  const plain = prompt.format === 'plain' && !isConversation(prompt, messages);
  return {prompt: plain ? turns[0]!.content : renderChat(turns, tokenizer, prompt), truncated};
}

/**
 * The same as messages, for a model that takes these: cut by `measure`. A prompt of format `plain` is one message of the user's.
 * Throws InvalidInput as {@link renderPrompt} does.
 */
export function renderTurns(
  prompt: PromptVersion,
  fields: Readonly<Record<string, string>>,
  measure: Measure,
  messages: readonly Message[] = [],
): RenderedTurns {
  return isConversation(prompt, messages)
    ? conversation(prompt, messages, measure)
    : turnsOfFields(prompt, fields, measure);
}

function isConversation(prompt: PromptVersion, messages: readonly Message[]): boolean {
  return prompt.kind === 'chat' && messages.length > 0;
}

/**
 * What the trainer reads of a row, or null where the row has no answer to this task (no label of its classes, an empty
 * target). Classification: the choice alone. Generation: the target, ended by end-of-text unless it was cut to
 * maxOutputTokens. Chat: the last message, if it is the assistant's; with `everyAnswer` its earlier ones too, each with
 * what ends its turn.
 */
export function renderTraining(
  prompt: PromptVersion,
  row: Pick<Row, 'fields' | 'label' | 'messages'>,
  tokenizer: Tokenizer,
  {everyAnswer = false}: {readonly everyAnswer?: boolean} = {},
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
  if (completion.trim() === '') return null;
  const spans =
    everyAnswer && prompt.kind === 'chat' && asked.length > 0 ? answersIn(prompt, asked, tokenizer) : [];
  return {prompt: text, completion, eos: !truncated, ...(spans.length > 0 ? {spans} : {})};
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

function turnsOfFields(
  prompt: PromptVersion,
  fields: Readonly<Record<string, string>>,
  measure: Measure,
): RenderedTurns {
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
    const part = measure.cut(measure.disarm(fields[name] ?? ''), left);
    cut[name] = part.text;
    left -= part.tokens;
    truncated ||= part.truncated;
  }
  const filled = fillTemplate(prompt.template, cut);
  const user: ChatTurn = {role: 'user', content: filled};
  return {turns: prompt.format === 'plain' ? [user] : [...system(prompt), user], truncated};
}

/**
 * Where the assistant's turns stand in the rendered conversation: between the text up to where it goes on and the text with
 * its turn, without the white space behind. Throws InvalidInput for a template that renders earlier turns another way once
 * there are later ones: then what was learned would not be what is served.
 */
function answersIn(
  prompt: PromptVersion,
  messages: readonly Message[],
  tokenizer: Tokenizer,
): [number, number][] {
  const {turns} = conversation(prompt, messages, measureOf(tokenizer));
  const whole = renderChat(turns, tokenizer, prompt);
  return turns.flatMap(({role}, i): [number, number][] => {
    if (role !== 'assistant' || i === 0) return [];
    const before = renderChat(turns.slice(0, i), tokenizer, prompt);
    const {date} = prompt;
    const after = renderChat(turns.slice(0, i + 1), tokenizer, {date, goesOn: false}).trimEnd();
    if (!after.startsWith(before) || !whole.startsWith(after))
      throw new RatchetError(
        ErrorType.InvalidInput,
        `roles_to_train: the base model's chat template renders a turn of task "${prompt.task}" another way once later ones follow: leave roles_to_train out, so that the last answer alone is learned from`,
      );
    const from = [...before].length;
    const to = [...after].length;
    return to > from ? [[from, to]] : [];
  });
}

/**
 * The newest messages that fit, with what the chat template writes around each; the oldest leave first, and the last one is cut
 * where it alone is too long. A system message of the conversation's own is cut to what the last message leaves.
 */
function conversation(prompt: PromptVersion, messages: readonly Message[], measure: Measure): RenderedTurns {
  const turns: ChatTurn[] = messages.map((message) => ({
    role: message.role,
    content: measure.disarm(messageText(message)),
  }));
  const around = measure.around();
  const own = turns[0]?.role === 'system' ? turns.shift() : undefined;
  const lead = own === undefined ? null : cutSystem(own, turns.at(-1), prompt, measure);
  const kept: ChatTurn[] = [];
  let left = prompt.maxInputTokens - (lead === null ? 0 : lead.tokens + around.system);
  let truncated = lead?.truncated ?? false;
  for (const turn of turns.reverse()) {
    // What stands around the last message is in every prompt.
    const room = kept.length === 0 ? left : left - around[turn.role];
    const {text, tokens, truncated: cut} = measure.cut(turn.content, room);
    if (kept.length > 0 && (cut || room < 0)) {
      truncated = true;
      break;
    }
    kept.unshift({role: turn.role, content: text});
    left = room - tokens;
    truncated ||= cut;
  }
  const first = lead === null ? system(prompt) : [{role: 'system' as const, content: lead.text}];
  return {turns: [...first, ...kept], truncated};
}

/** What the last message leaves, which has half of all tokens if it needs them. */
function cutSystem(
  {content}: ChatTurn,
  last: ChatTurn | undefined,
  {maxInputTokens}: PromptVersion,
  measure: Measure,
): Cut {
  const lastHas = measure.cut(last?.content ?? '', Math.floor(maxInputTokens / 2)).tokens;
  return measure.cut(content, maxInputTokens - lastHas - measure.around().system);
}

function system(prompt: PromptVersion): ChatTurn[] {
  return prompt.system === undefined ? [] : [{role: 'system', content: prompt.system}];
}

/** A message's text parts, joined by line breaks; parts of other kinds have no text. */
export function messageText(message: Message): string {
  if (typeof message.content === 'string') return message.content;
  return (message.content ?? []).flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}
