import {renderChat} from './chat-template.ts';
import type {Tokenizer} from './tokenizer.ts';

const MARK = 'ratchet-system-mark';
const USER = 'ratchet-user-mark';

/**
 * The system prompt that a model's chat template writes where a conversation has none: many do, and nobody sees it. Null where
 * the template writes none, has no place for one, or there is no template.
 * @example defaultSystem(tokenizer) // 'You are a helpful AI assistant named SmolLM, trained by Hugging Face'
 */
export function defaultSystem(tokenizer: Tokenizer): string | null {
  if (tokenizer.chatTemplate === null) return null;
  const user = {role: 'user' as const, content: USER};
  let named: string;
  let bare: string;
  try {
    named = renderChat([{role: 'system', content: MARK}, user], tokenizer);
    bare = renderChat([user], tokenizer);
  } catch {
    return null;
  }
  const at = named.indexOf(MARK);
  const [before, after] = [named.slice(0, at), named.slice(at + MARK.length)];
  if (at < 0 || !bare.startsWith(before) || !bare.endsWith(after)) return null;
  const written = bare.slice(before.length, bare.length - after.length).trim();
  return written === '' ? null : written;
}
