import {renderChat, type ChatTurn} from './chat-template.ts';
import type {Tokenizer} from './tokenizer.ts';

type TurnTokens = Readonly<Record<ChatTurn['role'], number>>;
const known = new WeakMap<Tokenizer, TurnTokens>();

/**
 * Tokens that the model's chat template writes around a turn's text: what a conversation that goes on by a turn gets longer by.
 * A system or tool turn, which many templates take at certain places alone, counts as the longer of the others.
 * Throws InvalidInput for a model without a chat template.
 */
export function turnTokens(tokenizer: Tokenizer): TurnTokens {
  let tokens = known.get(tokenizer);
  if (tokens === undefined) known.set(tokenizer, (tokens = measured(tokenizer)));
  return tokens;
}

const TEXT = 'x';
const ROLES = ['user', 'assistant', 'user'] as const;

function measured(tokenizer: Tokenizer): TurnTokens {
  const [one, two, three] = ROLES.map((_, i) => {
    const turns = ROLES.slice(0, i + 1).map((role) => ({role, content: TEXT}));
    return tokenizer.encodePrompt(renderChat(turns, tokenizer, {goesOn: false})).length;
  }) as [number, number, number];
  const text = tokenizer.encode(TEXT).length;
  const assistant = Math.max(0, two - one - text);
  const user = Math.max(0, three - two - text);
  const longer = Math.max(user, assistant);
  return {user, assistant, system: longer, tool: longer};
}
