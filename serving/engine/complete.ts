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
interface Produced {
  readonly token: number;
  readonly logprob: number;
  readonly top: readonly (readonly [number, number])[];
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
  if (prompt.tokens.length === 0) throw badRequest('the prompt is empty', 'prompt');
  const longest = wanted.choices
    ? Math.max(...wanted.choices.map((choice) => choiceTokens(model, prompt.text, choice).length))
    : wanted.maxTokens;
  if (prompt.tokens.length + longest > context.size)
    throw badRequest(
      `This model's maximum context length is ${context.size} tokens. However, you requested ` +
        `${prompt.tokens.length + longest} tokens (${prompt.tokens.length} in the prompt, ${longest} in the completion). ` +
        'Please reduce the length of the prompt or completion.',
      'prompt',
    );
  const scoresPrompt = wanted.promptLogprobs || (wanted.echo && wanted.logprobs !== null);
  const offsets = scoresPrompt ? tokenOffsets(model, prompt.tokens, 0, prompt.silent) : [];
  const from = scoresPrompt ? firstToken(offsets, wanted.promptLogprobsStart) : null;
  const sampler = new Sampler(wanted, wanted.logprobs ?? 0);
  const out = new TextOut(model, prompt.tokens, wanted.stop);
  const produced: Produced[] = [];
  let promptLogprobs: (number | null)[] = prompt.tokens.map(() => null);
  let choiceLogprobs: Record<string, number> | null = null;
  let finish: 'stop' | 'length' = 'length';
  let text = '';

  if (wanted.choices !== null) {
    if (from !== null) {
      promptLogprobs = (await prefill(context.sequence, prompt.tokens, from, null)).logprobs;
      await context.sequence.clearHistory();
    }
    const scored = await scoreChoices(model, context.sequence, prompt, wanted.choices, vocabulary.endTokens);
    const chosen = scored[sampler.pickIndex(scored.map((choice) => choice.total))]!;
    phases?.ended('prefill');
    choiceLogprobs = Object.fromEntries(scored.map((choice) => [choice.text, choice.total]));
    produced.push(...chosen.tokens.map((token, i) => ({token, logprob: chosen.logprobs[i]!, top: []})));
    finish = 'stop';
    text = chosen.text;
    onText?.(text);
  } else {
    const first = await prefill(
      context.sequence,
      prompt.tokens,
      from,
      wanted.maxTokens > 0 ? sampler.ask : null,
    );
    phases?.ended('prefill');
    promptLogprobs = first.logprobs;
    let next: NextToken | null = first.next;
    while (next !== null) {
      signal.throwIfAborted();
      const sampled = sampler.pick(next);
      if (model.isEogToken(sampled.token)) {
        finish = 'stop';
        break;
      }
      produced.push(sampled);
      if (out.push(sampled.token)) {
        finish = 'stop';
        break;
      }
      const piece = out.take(false);
      if (piece !== '') onText?.(piece);
      next =
        produced.length < wanted.maxTokens ? await step(context.sequence, sampled.token, sampler.ask) : null;
    }
    const rest = out.take(true);
    if (rest !== '') onText?.(rest);
    text = out.text;
    phases?.ended('decode');
  }

  const tokens = produced.map(({token}) => token);
  const echoed = wanted.echo ? prompt.tokens : [];
  return {
    text: wanted.echo ? prompt.text + text : text,
    finish,
    stopReason: out.stopped,
    logprobs:
      wanted.logprobs === null
        ? null
        : {
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
          },
    promptLogprobs: !wanted.promptLogprobs
      ? null
      : prompt.tokens.map((token, i) =>
          promptLogprobs[i] === null
            ? null
            : {
                [token]: {
                  logprob: promptLogprobs[i]!,
                  rank: null,
                  decoded_token: model.detokenize([token], true),
                },
              },
        ),
    choiceLogprobs,
    promptTokens: prompt.tokens.length,
    completionTokens: tokens.length,
  };
}

/** The first prompt token whose log-probability is wanted: the one that holds the code point `start`. */
function firstToken(offsets: readonly number[], start: number): number {
  let first = 0;
  for (const [i, offset] of offsets.entries()) if (offset <= start) first = i;
  // Tokens that share a character all count.
  while (first > 0 && offsets[first - 1] === offsets[first]) first--;
  return Math.max(1, first);
}
