import {ChatTemplate} from './chat-template.ts';
import {complete, type Completion, type Generation, type Vocabulary} from './complete.ts';
import {ContextPool} from './contexts.ts';
import {loadNative, type NativeEngine} from './native.ts';
import type {Phases} from './phases.ts';
import {plainPrompt, type Prompt} from './text.ts';

export interface ModelOptions {
  /** GGUF file. */
  readonly model: string;
  readonly threads: number;
  /** Tokens of prompt and completion together; not more than the model was trained for. */
  readonly context: number;
  /** Contexts kept open, one a model name. */
  readonly maxContexts: number;
  readonly gpu: boolean;
}

/** What one prompt is answered with. */
export interface Turn {
  readonly wanted: Generation;
  readonly signal: AbortSignal;
  readonly onText?: ((piece: string) => void) | undefined;
  readonly phases?: Phases | undefined;
}

/** A model in memory, with its contexts. Used by one request at a time. */
export class LoadedModel {
  readonly contextSize: number;
  readonly contexts: ContextPool;
  readonly #native: NativeEngine;
  readonly #vocabulary: Vocabulary;
  readonly #template: ChatTemplate;

  static async load(options: ModelOptions): Promise<LoadedModel> {
    return new LoadedModel(options, await loadNative(options));
  }

  private constructor({context, threads, maxContexts}: ModelOptions, native: NativeEngine) {
    const {model} = native;
    this.#native = native;
    this.#vocabulary = {
      model,
      endTokens: [...model.iterateAllTokens()].filter((token) => model.isEogToken(token)),
    };
    this.#template = new ChatTemplate(model);
    this.contextSize = Math.min(context, model.trainContextSize);
    this.contexts = new ContextPool(model, {contextSize: this.contextSize, threads, limit: maxContexts});
  }

  plain(prompt: string | readonly number[]): Prompt {
    const {model} = this.#vocabulary;
    return typeof prompt === 'string'
      ? plainPrompt(model, prompt)
      : {text: model.detokenize(prompt, true), tokens: prompt, silent: 0};
  }

  chat: ChatTemplate['render'] = (messages) => this.#template.render(messages);

  /** `lora` is the adapter's GGUF file of that name, or null for the base. */
  async answer(
    name: string,
    lora: string | null,
    prompt: Prompt,
    {wanted, signal, onText, phases}: Turn,
  ): Promise<Completion> {
    const context = await this.contexts.take(name, lora);
    return complete(this.#vocabulary, context, prompt, wanted, signal, onText, phases);
  }

  /** Opens a context of an adapter; what the library says against it, or null. */
  async refuses(name: string, lora: string): Promise<string | null> {
    this.#native.takeErrors();
    try {
      await this.contexts.take(name, lora);
      return null;
    } catch (error) {
      return this.#native.takeErrors().join(' ') || (error as Error).message;
    }
  }

  async dispose(): Promise<void> {
    for (const name of this.contexts.open) await this.contexts.drop(name);
    await this.#native.model.dispose();
  }
}
