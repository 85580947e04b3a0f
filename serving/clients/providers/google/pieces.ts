import type {Candidate, GenerateContentResponse} from '@google/genai';
import type {ChatCompletionChunk} from 'openai/resources';
import {candidatesOf, finishOf, idOf, logprobsOf, refusalOf, textOf, toolCalls, usageOf} from './answer.ts';

type Delta = ChatCompletionChunk.Choice.Delta;

/** Gemini's responses of one stream as OpenAI's chunks, one for each, and one for the usage. Throws UnreadableAnswerError. */
export async function* piecesOf(
  responses: AsyncIterable<GenerateContentResponse>,
  model: string,
): AsyncIterable<ChatCompletionChunk> {
  const created = Math.floor(Date.now() / 1000);
  /** By candidate: how many tools it has called. */
  const calls = new Map<number, number>();
  let head: Omit<ChatCompletionChunk, 'choices'> | null = null;
  let last: GenerateContentResponse | null = null;
  for await (const response of responses) {
    head ??= {
      id: idOf(response),
      object: 'chat.completion.chunk',
      created,
      model: response.modelVersion ?? model,
    };
    // The counts are of all so far.
    if (response.usageMetadata !== undefined) last = response;
    const {id} = head;
    const choices = candidatesOf(response).map((candidate, i) => choiceOf(candidate, {i, id, calls}));
    yield {...head, choices};
  }
  if (head !== null && last !== null) yield {...head, choices: [], usage: usageOf(last)};
}

function choiceOf(
  candidate: Candidate,
  {i, id, calls}: {readonly i: number; readonly id: string; readonly calls: Map<number, number>},
): ChatCompletionChunk.Choice {
  const index = candidate.index ?? i;
  const before = calls.get(index);
  const parts = candidate.content?.parts ?? [];
  const called = toolCalls(parts, `${id}-${index}`, before);
  calls.set(index, (before ?? 0) + called.length);
  const finish = finishOf(candidate, calls.get(index)! > 0);
  const refusal = refusalOf(candidate, finish);
  const delta: Delta = {
    ...(before === undefined ? {role: 'assistant'} : {}),
    content: textOf(parts),
    ...(refusal === null ? {} : {refusal}),
    ...(called.length === 0
      ? {}
      : {tool_calls: called.map((call, k) => ({index: (before ?? 0) + k, ...call}))}),
  };
  return {index, delta, logprobs: logprobsOf(candidate.logprobsResult), finish_reason: finish};
}
