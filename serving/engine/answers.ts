import type {Completion, Generation, Logprobs} from './complete.ts';
import type {ChatRequest, CompletionRequest} from './requests.ts';

/** What a /v1/completions body asks of the engine. */
export function completionWanted(body: CompletionRequest): Generation {
  return {
    ...sampling(body),
    maxTokens: body.max_tokens ?? 16,
    echo: body.echo,
    logprobs: body.logprobs ?? null,
    promptLogprobs: typeof body.prompt_logprobs === 'number',
    promptLogprobsStart: body.prompt_logprobs_start,
  };
}

/** What a /v1/chat/completions body asks; `room` tokens are left in the context. */
export function chatWanted(body: ChatRequest, room: number): Generation {
  return {
    ...sampling(body),
    maxTokens: body.max_completion_tokens ?? body.max_tokens ?? room,
    echo: false,
    logprobs: body.logprobs === true ? (body.top_logprobs ?? 0) : null,
    promptLogprobs: false,
    promptLogprobsStart: 0,
  };
}

function sampling(body: CompletionRequest | ChatRequest) {
  const {temperature, top_p, top_k, min_p, seed, stop} = body;
  return {
    temperature,
    top_p,
    top_k,
    min_p,
    seed,
    stop,
    choices: body.structured_outputs?.choice ?? body.guided_choice ?? null,
  };
}

export function usageOf(completions: readonly Completion[]) {
  const prompt_tokens = completions.reduce((sum, {promptTokens}) => sum + promptTokens, 0);
  const completion_tokens = completions.reduce((sum, {completionTokens}) => sum + completionTokens, 0);
  return {prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens};
}

export function completionChoice(completion: Completion, index: number) {
  return {
    index,
    text: completion.text,
    logprobs: completion.logprobs,
    finish_reason: completion.finish,
    stop_reason: completion.stopReason,
    prompt_logprobs: completion.promptLogprobs,
    ...(completion.choiceLogprobs === null ? {} : {choice_logprobs: completion.choiceLogprobs}),
  };
}

export function chatLogprobs(logprobs: Logprobs | null) {
  if (logprobs === null) return null;
  const bytes = (token: string) => [...Buffer.from(token)];
  return {
    content: logprobs.tokens.map((token, i) => ({
      token,
      logprob: logprobs.token_logprobs[i],
      bytes: bytes(token),
      top_logprobs: Object.entries(logprobs.top_logprobs[i] ?? {}).map(([text, logprob]) => ({
        token: text,
        logprob,
        bytes: bytes(text),
      })),
    })),
  };
}

export function chatChoice(completion: Completion) {
  return {
    index: 0,
    message: {role: 'assistant', content: completion.text},
    logprobs: chatLogprobs(completion.logprobs),
    finish_reason: completion.finish,
    stop_reason: completion.stopReason,
  };
}
