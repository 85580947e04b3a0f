import type {ChatCompletionMessageFunctionToolCall} from 'openai/resources';

/**
 * Gemini signs what it thought before a call of a tool, and from Gemini 3 on refuses the call's return without the signature. It goes
 * where Google's own OpenAI-compatible endpoint puts it, so who returns the message as it was returns the signature.
 */
interface Signed {
  readonly extra_content?: {readonly google?: {readonly thought_signature?: unknown} | null} | null;
}

/** For a call that another model made, such as one that answered before a fallback: Google's own word for it. */
export const NO_SIGNATURE = 'skip_thought_signature_validator';

/** To be spread into a tool call. */
export function signed(signature: string | undefined): Signed {
  return signature === undefined ? {} : {extra_content: {google: {thought_signature: signature}}};
}

/** Undefined where the call carries none. */
export function signatureOf(call: ChatCompletionMessageFunctionToolCall): string | undefined {
  const signature = (call as Signed).extra_content?.google?.thought_signature;
  return typeof signature === 'string' ? signature : undefined;
}
