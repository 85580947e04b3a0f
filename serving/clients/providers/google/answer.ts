import type {Candidate, GenerateContentResponse, LogprobsResult, Part} from '@google/genai';
import type {
  ChatCompletion,
  ChatCompletionMessageFunctionToolCall,
  ChatCompletionTokenLogprob,
  CompletionUsage,
} from 'openai/resources';
import {UnreadableAnswerError} from '../failures.ts';
import {signed} from './thought-signature.ts';

type Finish = ChatCompletion.Choice['finish_reason'];

/** Gemini's answer as OpenAI's chat completion, thoughts left out. Throws UnreadableAnswerError. */
export function completionOf(response: GenerateContentResponse, model: string): ChatCompletion {
  const id = idOf(response);
  return {
    id,
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1000),
    model: response.modelVersion ?? model,
    choices: candidatesOf(response).map((candidate, i) => {
      const parts = candidate.content?.parts ?? [];
      const calls = toolCalls(parts, `${id}-${i}`);
      const text = textOf(parts);
      const finish = finishOf(candidate, calls.length > 0) ?? 'stop';
      return {
        index: candidate.index ?? i,
        message: {
          role: 'assistant',
          content: text === '' && calls.length > 0 ? null : text,
          refusal: refusalOf(candidate, finish),
          ...(calls.length === 0 ? {} : {tool_calls: calls}),
        },
        logprobs: logprobsOf(candidate.logprobsResult),
        finish_reason: finish,
      };
    }),
    usage: usageOf(response),
  };
}

/** A prompt that was blocked has no candidate: it is answered by a refusal. */
export function candidatesOf({candidates = [], promptFeedback}: GenerateContentResponse): Candidate[] {
  const reason = promptFeedback?.blockReason;
  if (reason === undefined || candidates.length > 0) return candidates;
  return [{index: 0, finishReason: BLOCKED_PROMPT as Candidate['finishReason'], finishMessage: reason}];
}
const BLOCKED_PROMPT = 'BLOCKED_PROMPT';

export function idOf({responseId}: GenerateContentResponse): string {
  return `chatcmpl-${responseId ?? crypto.randomUUID()}`;
}

export function textOf(parts: readonly Part[]): string {
  return parts.map(({text, thought}) => (thought === true ? '' : (text ?? ''))).join('');
}

/** Gemini before version 3 gives calls no id: here they get one, by which the tool's result is known. */
export function toolCalls(
  parts: readonly Part[],
  id: string,
  from = 0,
): ChatCompletionMessageFunctionToolCall[] {
  const calls = parts.flatMap(({functionCall: call, thoughtSignature}) =>
    call === undefined ? [] : {call, thoughtSignature},
  );
  return calls.map(({call, thoughtSignature}, i) => ({
    id: call.id ?? `call_${id}-${from + i}`,
    type: 'function',
    function: {name: call.name ?? '', arguments: JSON.stringify(call.args ?? {})},
    ...signed(thoughtSignature),
  }));
}

/** Gemini's reasons apart from STOP, and those that are newer than this table: an end like any other. */
const FINISHES: Readonly<Record<string, Finish | 'garbled'>> = {
  MAX_TOKENS: 'length',
  CONTINUATION: 'length',
  SAFETY: 'content_filter',
  RECITATION: 'content_filter',
  LANGUAGE: 'content_filter',
  BLOCKLIST: 'content_filter',
  PROHIBITED_CONTENT: 'content_filter',
  SPII: 'content_filter',
  MODEL_ARMOR: 'content_filter',
  ESCALATION: 'content_filter',
  PUP_LIMITED_DISABLED: 'content_filter',
  [BLOCKED_PROMPT]: 'content_filter',
  MALFORMED_FUNCTION_CALL: 'garbled',
  UNEXPECTED_TOOL_CALL: 'garbled',
  TOO_MANY_TOOL_CALLS: 'garbled',
  MISSING_THOUGHT_SIGNATURE: 'garbled',
  MALFORMED_RESPONSE: 'garbled',
  OTHER: 'garbled',
};

/** Null where it has not finished. Throws UnreadableAnswerError where the model garbled the answer. */
export function finishOf({finishReason: reason}: Candidate, callsTools: boolean): Finish | null {
  if (reason === undefined || (reason as string) === 'FINISH_REASON_UNSPECIFIED') return null;
  const finish = FINISHES[reason] ?? (callsTools ? 'tool_calls' : 'stop');
  if (finish === 'garbled') throw new UnreadableAnswerError(`google gave no answer (${reason}): try again`);
  return finish;
}

/** What there is instead of an answer; null: nothing was refused. */
export function refusalOf({finishReason, finishMessage}: Candidate, finish: Finish | null): string | null {
  if (finish !== 'content_filter') return null;
  const blocked = (finishReason as string) === BLOCKED_PROMPT;
  return blocked
    ? `The prompt was blocked: ${finishMessage ?? 'no reason was given'}.`
    : `The answer was blocked: ${finishReason}.`;
}

export function logprobsOf(result: LogprobsResult | undefined): ChatCompletion.Choice['logprobs'] {
  if (result?.chosenCandidates === undefined) return null;
  const content = result.chosenCandidates.map((chosen, i): ChatCompletionTokenLogprob => ({
    ...tokenOf(chosen),
    top_logprobs: (result.topCandidates?.[i]?.candidates ?? []).map(tokenOf),
  }));
  return {content, refusal: null};
}

function tokenOf({token = '', logProbability = 0}: {token?: string; logProbability?: number}) {
  return {token, logprob: logProbability, bytes: [...Buffer.from(token)]};
}

/** Gemini counts thoughts apart from what it answers. */
export function usageOf({usageMetadata: usage}: GenerateContentResponse): CompletionUsage {
  const thoughts = usage?.thoughtsTokenCount ?? 0;
  const prompt = (usage?.promptTokenCount ?? 0) + (usage?.toolUsePromptTokenCount ?? 0);
  const completion = (usage?.candidatesTokenCount ?? 0) + thoughts;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: {cached_tokens: usage?.cachedContentTokenCount ?? 0},
    completion_tokens_details: {reasoning_tokens: thoughts},
  };
}
