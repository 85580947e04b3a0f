import {Adapters} from './adapters.ts';
import {ChatTemplate} from './chat-template.ts';
import {complete, type Completion, type Generation, type Vocabulary} from './complete.ts';
import {ContextPool} from './contexts.ts';
import {badRequest, notFound} from './failure.ts';
import {loadNative, type NativeEngine} from './native.ts';
import type {Phases} from './phases.ts';
import {OneAtATime} from './queue.ts';
import {plainPrompt, type Prompt} from './text.ts';

export interface EngineOptions {
  /** GGUF file. */
  readonly model: string;
  /** What the base model is called in requests. */
  readonly baseName: string;
  readonly threads: number;
  /** Tokens of prompt and completion together. */
  readonly context: number;
  /** Contexts kept open, one a model name. */
  readonly maxContexts: number;
  readonly maxLoraRank: number;
  /** Requests that may wait. */
  readonly maxQueue: number;
  /** Adapters held in memory (unloaded ones too) from which on the process asks to be restarted. */
  readonly recycleAfter: number;
  readonly gpu: boolean;
}

/** A model, its adapters and their contexts; one request at a time. */
export class Engine {
  readonly options: EngineOptions;
  readonly adapters: Adapters;
  readonly #native: NativeEngine;
  readonly #vocabulary: Vocabulary;
  readonly #template: ChatTemplate;
  readonly #contexts: ContextPool;
  readonly #queue: OneAtATime;
  readonly started = Math.floor(Date.now() / 1000);

  static async load(options: EngineOptions): Promise<Engine> {
    return new Engine(options, await loadNative(options));
  }

  private constructor(options: EngineOptions, native: NativeEngine) {
    const {model} = native;
    this.options = {...options, context: Math.min(options.context, model.trainContextSize)};
    this.#native = native;
    this.#vocabulary = {
      model,
      endTokens: [...model.iterateAllTokens()].filter((token) => model.isEogToken(token)),
    };
    this.#template = new ChatTemplate(model);
    this.adapters = new Adapters(options.maxLoraRank);
    this.#contexts = new ContextPool(model, {
      contextSize: this.options.context,
      threads: options.threads,
      limit: options.maxContexts,
    });
    this.#queue = new OneAtATime(options.maxQueue);
  }

  get state() {
    return {
      status: 'ok',
      model: this.options.baseName,
      waiting: this.#queue.length,
      contexts: this.#contexts.open,
      adapters: this.adapters.all.map(({name}) => name),
      adapters_held: this.adapters.held,
      recycle: this.adapters.held >= this.options.recycleAfter,
      rss_bytes: process.memoryUsage.rss(),
    };
  }

  plain(prompt: string | readonly number[]): Prompt {
    const {model} = this.#vocabulary;
    return typeof prompt === 'string'
      ? plainPrompt(model, prompt)
      : {text: model.detokenize(prompt, true), tokens: prompt, silent: 0};
  }
  chat: ChatTemplate['render'] = (messages) => this.#template.render(messages);

  /** Throws 404 where no model has that name. An empty name is the base, as in vLLM. */
  resolve(name: string | undefined): string {
    if (name === undefined || name === '' || name === this.options.baseName) return this.options.baseName;
    if (this.adapters.get(name) !== undefined) return name;
    throw notFound(`The model \`${name}\` does not exist.`, 'model');
  }

  /** Answers the prompts of one request, one after the other. */
  async complete(
    name: string,
    prompts: readonly Prompt[],
    wanted: Generation,
    signal: AbortSignal,
    onText?: (index: number, piece: string) => void,
    phases?: Phases,
  ): Promise<Completion[]> {
    return this.#queue.run(async () => {
      phases?.ended('queue');
      // The adapter may have gone while the request waited.
      const lora = this.adapters.get(this.resolve(name))?.file ?? null;
      const completions: Completion[] = [];
      for (const [index, prompt] of prompts.entries()) {
        signal.throwIfAborted();
        const context = await this.#contexts.take(name, lora);
        completions.push(
          await complete(
            this.#vocabulary,
            context,
            prompt,
            wanted,
            signal,
            (piece) => onText?.(index, piece),
            phases,
          ),
        );
      }
      return completions;
    }, signal);
  }

  async loadAdapter(name: string, path: string): Promise<string> {
    return this.#queue.run(async () => {
      if (name === this.options.baseName)
        throw badRequest(`'${name}' is the name of the base model`, 'lora_name');
      return this.adapters.load(name, path, async ({file}) => {
        this.#native.takeErrors();
        try {
          await this.#contexts.take(name, file);
        } catch (error) {
          const said = this.#native.takeErrors().join(' ');
          throw badRequest(
            `${path}/adapter.gguf cannot be used with ${this.options.baseName}: ${said || (error as Error).message}`,
            'lora_path',
          );
        }
      });
    });
  }

  async unloadAdapter(name: string): Promise<string> {
    return this.#queue.run(async () => {
      const message = this.adapters.unload(name);
      await this.#contexts.drop(name);
      return message;
    });
  }

  async dispose(): Promise<void> {
    for (const name of this.#contexts.open) await this.#contexts.drop(name);
    await this.adapters.dispose();
    await this.#native.model.dispose();
  }
}
