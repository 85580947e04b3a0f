import {codePoints, TextOut, tokenOffsets, tokenTexts, type Prompt} from './text.ts';
import {prefill, step} from './forward.ts';
import {Sampler, type SamplingOptions} from './sampler.ts';
import {choiceTokens, scoreChoices} from './choices.ts';
import {badRequest} from './failure.ts';
import type {Context} from './contexts.ts';
import type {NativeModel, NextToken} from './native.ts';
import type {Phases} from './phases.ts';

export interface Logprobs {
  readonly tokens: string[];
  readonly token_logprobs: (number | null)[];
  /** Code points from the prompt's beginning if echoed, else from the completion's. */
  readonly text_offset: number[];
  readonly top_logprobs: (Record<string, number> | null)[];
}
export interface Generation extends SamplingOptions {
  readonly stop: readonly string[];
  readonly choices: readonly string[] | null;
  readonly maxTokens: number;
  readonly echo: boolean;
  /** Report log-probabilities of the completion (and of the prompt, where echoed), with so many alternatives. */
  readonly logprobs: number | null;
  /** Report the prompt's in vLLM's `prompt_logprobs`. */
  readonly promptLogprobs: boolean;
  /** Code point of the prompt before which no log-probability is computed. */
  readonly promptLogprobsStart: number;
}
export interface Completion {
  readonly text: string;
  readonly finish: 'stop' | 'length';
  readonly stopReason: string | null;
  readonly logprobs: Logprobs | null;
  readonly promptLogprobs:
    (Record<string, {logprob: number; rank: null; decoded_token: string}> | null)[] | null;
  /** Choice → log-probability of the whole of it; null if there were no choices. */
  readonly choiceLogprobs: Record<string, number> | null;
  readonly promptTokens: number;
  readonly completionTokens: number;
}
/** What a fresh context is asked: model facts that do not change. */
export interface Vocabulary {
  readonly model: NativeModel;
  /** Tokens that end a generation. */
  readonly endTokens: readonly number[];
}

/**
 * Answers one prompt from an empty history. `onText` gets the text piece by piece, as it becomes certain; `phases` is told
 * when the prompt is read and when the completion is there. Choices are scored in one phase, prefill.
 * Throws EngineFailure 400 if prompt and completion do not fit the context.
 */
export async function complete(
  vocabulary: Vocabulary,
  context: Context,
  prompt: Prompt,
  wanted: Generation,
  signal: AbortSignal,
  onText?: (piece: string) => void,
  phases?: Phases,
): Promise<Completion> {
  const {model} = vocabulary;
  refuseTooLong(model, context, prompt, wanted);
  const scoresPrompt = wanted.promptLogprobs || (wanted.echo && wanted.logprobs !== null);
  const offsets = scoresPrompt ? tokenOffsets(model, prompt.tokens, 0, prompt.silent) : [];
  const from = scoresPrompt ? firstToken(offsets, wanted.promptLogprobsStart) : null;
  const one: CompletionTask = {vocabulary, context, prompt, wanted, from, phases, onText};
  const answer = wanted.choices === null ? await generated(one, signal) : await chosen(one, wanted.choices);
  const {produced, text, finish, stopReason, choiceLogprobs} = answer;
  return {
    text: wanted.echo ? prompt.text + text : text,
    finish,
    stopReason,
    logprobs: wanted.logprobs === null ? null : logprobsOf(one, answer, offsets),
    promptLogprobs: wanted.promptLogprobs ? promptLogprobsOf(one, answer) : null,
    choiceLogprobs,
    promptTokens: prompt.tokens.length,
    completionTokens: produced.length,
  };
}

interface CompletionTask {
  readonly vocabulary: Vocabulary;
  readonly context: Context;
  readonly prompt: Prompt;
  readonly wanted: Generation;
  /** The first prompt token whose log-probability is wanted; null for none. */
  readonly from: number | null;
  readonly phases: Phases | undefined;
  readonly onText: ((piece: string) => void) | undefined;
}
interface Produced {
  readonly token: number;
  readonly logprob: number;
  readonly top: readonly (readonly [number, number])[];
}
/** An answer without the prompt before it. */
interface Answer extends Pick<Completion, 'text' | 'finish' | 'stopReason' | 'choiceLogprobs'> {
  readonly produced: readonly Produced[];
  readonly promptLogprobs: readonly (number | null)[];
}

function refuseTooLong(model: NativeModel, context: Context, prompt: Prompt, wanted: Generation): void {
  if (prompt.tokens.length === 0) throw badRequest('the prompt is empty', 'prompt');
  const longest = wanted.choices
    ? Math.max(...wanted.choices.map((choice) => choiceTokens(model, prompt.text, choice).length))
    : wanted.maxTokens;
  if (prompt.tokens.length + longest <= context.size) return;
  throw badRequest(
    `This model's maximum context length is ${context.size} tokens. However, you requested ` +
      `${prompt.tokens.length + longest} tokens (${prompt.tokens.length} in the prompt, ${longest} in the completion). ` +
      'Please reduce the length of the prompt or completion.',
    'prompt',
  );
}

/** The most probable of the choices, or one drawn by their probabilities. */
async function chosen(
  {vocabulary, context, prompt, wanted, from, phases, onText}: CompletionTask,
  choices: readonly string[],
): Promise<Answer> {
  const {model, endTokens} = vocabulary;
  const {sequence} = context;
  let promptLogprobs: (number | null)[] = prompt.tokens.map(() => null);
  if (from !== null) {
    promptLogprobs = (await prefill(sequence, prompt.tokens, from, null)).logprobs;
    await sequence.clearHistory();
  }
  const sampler = new Sampler(wanted, wanted.logprobs ?? 0);
  const scored = await scoreChoices(model, sequence, prompt, choices, endTokens);
  const {tokens, logprobs, text} = scored[sampler.pickIndex(scored.map((choice) => choice.total))]!;
  phases?.ended('prefill');
  onText?.(text);
  return {
    produced: tokens.map((token, i) => ({token, logprob: logprobs[i]!, top: []})),
    text,
    finish: 'stop',
    stopReason: null,
    promptLogprobs,
    choiceLogprobs: Object.fromEntries(scored.map((choice) => [choice.text, choice.total])),
  };
}

/** Token by token, until the model or a stop text ends it, or there are as many as were wanted. */
async function generated(
  {vocabulary: {model}, context: {sequence}, prompt, wanted, from, phases, onText}: CompletionTask,
  signal: AbortSignal,
): Promise<Answer> {
  const sampler = new Sampler(wanted, wanted.logprobs ?? 0);
  const out = new TextOut(model, prompt.tokens, wanted.stop);
  const say = (last: boolean) => {
    const piece = out.take(last);
    if (piece !== '') onText?.(piece);
  };
  const first = await prefill(sequence, prompt.tokens, from, wanted.maxTokens > 0 ? sampler.ask : null);
  phases?.ended('prefill');
  const produced: Produced[] = [];
  let finish: Completion['finish'] = 'length';
  let next: NextToken | null = first.next;
  while (next !== null) {
    signal.throwIfAborted();
    const sampled = sampler.pick(next);
    const isEnd = model.isEogToken(sampled.token);
    if (!isEnd) produced.push(sampled);
    if (isEnd || out.push(sampled.token)) {
      finish = 'stop';
      break;
    }
    say(false);
    next = produced.length < wanted.maxTokens ? await step(sequence, sampled.token, sampler.ask) : null;
  }
  say(true);
  phases?.ended('decode');
  const {text, stopped: stopReason} = out;
  return {produced, text, finish, stopReason, promptLogprobs: first.logprobs, choiceLogprobs: null};
}

/** Of the completion, and of the prompt before it where that is echoed. */
function logprobsOf(
  {vocabulary: {model}, prompt, wanted}: CompletionTask,
  {produced, promptLogprobs}: Answer,
  offsets: readonly number[],
): Logprobs {
  const tokens = produced.map(({token}) => token);
  const echoed = wanted.echo ? prompt.tokens : [];
  return {
    tokens: tokenTexts(model, [...echoed, ...tokens]),
    token_logprobs: [...(wanted.echo ? promptLogprobs : []), ...produced.map(({logprob}) => logprob)],
    text_offset: [
      ...(wanted.echo ? offsets : []),
      ...tokenOffsets(model, tokens, wanted.echo ? codePoints(prompt.text) : 0),
    ],
    top_logprobs: [
      ...echoed.map(() => null),
      ...produced.map(({top}) =>
        Object.fromEntries(top.map(([id, logprob]) => [model.detokenize([id], true), logprob])),
      ),
    ],
  };
}

function promptLogprobsOf(
  {vocabulary: {model}, prompt}: CompletionTask,
  {promptLogprobs}: Answer,
): Completion['promptLogprobs'] {
  return prompt.tokens.map((token, i) => {
    const logprob = promptLogprobs[i] ?? null;
    if (logprob === null) return null;
    return {[token]: {logprob, rank: null, decoded_token: model.detokenize([token], true)}};
  });
}

/** The first prompt token whose log-probability is wanted: the one that holds the code point `start`. */
function firstToken(offsets: readonly number[], start: number): number {
  let first = 0;
  for (const [i, offset] of offsets.entries()) if (offset <= start) first = i;
  // Tokens that share a character all count.
  while (first > 0 && offsets[first - 1] === offsets[first]) first--;
  return Math.max(1, first);
}
