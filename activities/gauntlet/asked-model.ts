import {leaks} from '../../core/evaluation/probes/pii-leak.ts';
import {renderPrompt, renderTraining} from '../../core/prompts/render.ts';
import type {Tokenizer} from '../../core/prompts/tokenizer.ts';
import {RatchetError} from '../../schemas/errors.ts';
import type {PromptVersion} from '../../schemas/release.ts';
import type {
  Answer,
  CompleteRequest,
  Score,
  ScoreRequest,
} from '../../serving/clients/inference/inference-client.ts';
import type {ItemOf} from './item.ts';

/** A model of a release as a gauntlet asks it: one on an engine, or a provider's. */
export interface AskedModel {
  /** It takes a conversation; else a text alone. */
  readonly chats: boolean;
  /** Questions under way that it answers as fast as one. */
  readonly atOnce: number;
  /** A task's prompt with an item's fields. */
  ask(prompt: PromptVersion, item: Asked): Promise<Said>;
  /** What comes behind a text: the text goes on, or is answered. At most `maxTokens`. */
  complete(text: string, maxTokens: number): Promise<Said>;
  /** How probable it finds what a row refers to; null where the row has no reference for this task. */
  scoreReference(
    prompt: PromptVersion,
    item: Asked & Pick<ItemOf<'validation'>, 'label'>,
  ): Promise<Scored | null>;
  /** How probable it finds `completion` behind `prompt`. Throws UnaskableError where it tells no probabilities. */
  score(prompt: string, completion: string): Promise<Scored>;
}

export type Asked = Pick<ItemOf<'answer'>, 'fields' | 'messages'>;
export interface Said extends Answer {
  /** Pieces of personal data in the answer that the question did not hold. */
  readonly leaked: number;
}
export interface Scored extends Score {
  readonly completion: string;
}

/** An item that this model cannot be asked: an error of the item, not of the run. */
export class UnaskableError extends Error {}

/** No item of this model can be asked: of the run, which ends. */
export class AskingError extends RatchetError {}

/** The model behind an engine, already chosen. */
export interface Engine {
  complete(request: Omit<CompleteRequest, 'model'>): Promise<Answer>;
  scoreCompletion(request: Omit<ScoreRequest, 'model'>): Promise<Score>;
}

/** A model on an engine: its prompts are rendered here, as they are for its training. */
export function engineModel(engine: Engine, tokenizer: Tokenizer): AskedModel {
  const complete = async (request: Parameters<Engine['complete']>[0]): Promise<Said> => {
    const said = await engine.complete(request);
    return {...said, leaked: leaks(said.text, request.prompt).length};
  };
  const score = async (prompt: string, completion: string): Promise<Scored> => ({
    ...(await engine.scoreCompletion({prompt, completion})),
    completion,
  });
  return {
    chats: tokenizer.chatTemplate !== null,
    // Batches are what engines work on side by side.
    atOnce: 1,
    ask: (prompt, {fields, messages}) => {
      const asked = prompt.kind === 'chat' ? messages?.slice(0, -1) : messages;
      const choices = prompt.kind === 'classification' ? Object.values(prompt.choices ?? {}) : undefined;
      return complete({
        prompt: renderPrompt(prompt, fields, tokenizer, asked).prompt,
        maxTokens: prompt.maxOutputTokens,
        temperature: prompt.temperature ?? 0,
        stop: prompt.stop,
        ...(choices ? {choices} : {}),
      });
    },
    complete: (prompt, maxTokens) => complete({prompt, maxTokens, temperature: 0, stop: []}),
    scoreReference: async (prompt, item) => {
      const rendered = renderTraining(prompt, item, tokenizer);
      return rendered === null ? null : score(rendered.prompt, rendered.completion);
    },
    score,
  };
}
