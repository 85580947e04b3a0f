import {Adapters} from './adapters.ts';
import type {Completion, Generation} from './complete.ts';
import {badRequest, EngineFailure, notFound} from './failure.ts';
import {LoadedModel, type ModelOptions} from './loaded-model.ts';
import type {Phases} from './phases.ts';
import {OneAtATime} from './queue.ts';
import type {Prompt} from './text.ts';

export interface EngineOptions extends ModelOptions {
  /** What the base model is called in requests. */
  readonly baseName: string;
  readonly maxLoraRank: number;
  /** Requests that may wait. */
  readonly maxQueue: number;
  /** Adapters held in memory (unloaded ones too) from which on the process asks to be restarted. */
  readonly recycleAfter: number;
}

/** What a request asks. */
export interface EngineRequest {
  readonly prompts: readonly Prompt[];
  readonly wanted: Generation;
}

/**
 * A model, its adapters and their contexts; one request at a time. The model is read when it is first needed (about a second
 * for the default one): an engine that nobody asks holds a third of the memory.
 */
export class Engine {
  readonly options: EngineOptions;
  readonly adapters: Adapters;
  readonly #queue: OneAtATime;
  #model: Promise<LoadedModel> | undefined;
  #loaded: LoadedModel | undefined;
  readonly started = Math.floor(Date.now() / 1000);

  constructor(options: EngineOptions) {
    this.options = options;
    this.adapters = new Adapters(options.maxLoraRank);
    this.#queue = new OneAtATime(options.maxQueue);
  }

  /** Tokens of prompt and completion together. */
  get context(): number {
    return this.#loaded?.contextSize ?? this.options.context;
  }

  get state() {
    return {
      status: 'ok',
      model: this.options.baseName,
      loaded: this.#loaded !== undefined,
      waiting: this.#queue.length,
      contexts: this.#loaded?.contexts.open ?? [],
      adapters: this.adapters.all.map(({name}) => name),
      adapters_held: this.adapters.held,
      recycle: this.adapters.held >= this.options.recycleAfter,
      rss_bytes: process.memoryUsage.rss(),
    };
  }

  /** Throws EngineFailure 500 where the file cannot be loaded; the next call tries again. */
  async model(): Promise<LoadedModel> {
    this.#model ??= LoadedModel.load(this.options);
    try {
      this.#loaded = await this.#model;
      return this.#loaded;
    } catch (error) {
      this.#model = undefined;
      throw new EngineFailure(
        500,
        'InternalServerError',
        `${this.options.model} cannot be loaded: ${(error as Error).message}`,
      );
    }
  }

  /** Throws 404 where no model has that name. An empty name is the base, as in vLLM. */
  resolve(name: string | undefined): string {
    if (name === undefined || name === '' || name === this.options.baseName) return this.options.baseName;
    if (this.adapters.get(name) !== undefined) return name;
    throw notFound(`The model \`${name}\` does not exist.`, 'model');
  }

  /** Answers the prompts of one request, one after the other. */
  async complete(
    name: string,
    {prompts, wanted}: EngineRequest,
    signal: AbortSignal,
    onText?: (index: number, piece: string) => void,
    phases?: Phases,
  ): Promise<Completion[]> {
    return this.#queue.run(async () => {
      phases?.ended('queue');
      const model = await this.model();
      // The adapter may have gone while the request waited.
      const lora = this.adapters.get(this.resolve(name))?.file ?? null;
      const completions: Completion[] = [];
      for (const [index, prompt] of prompts.entries()) {
        signal.throwIfAborted();
        const told = onText && ((piece: string) => onText(index, piece));
        completions.push(await model.answer(name, lora, prompt, {wanted, signal, onText: told, phases}));
      }
      return completions;
    }, signal);
  }

  async loadAdapter(name: string, path: string): Promise<string> {
    return this.#queue.run(async () => {
      if (name === this.options.baseName)
        throw badRequest(`'${name}' is the name of the base model`, 'lora_name');
      return this.adapters.load(name, path, async ({file}) => {
        const why = await (await this.model()).refuses(name, file);
        if (why !== null)
          throw badRequest(
            `${path}/adapter.gguf cannot be used with ${this.options.baseName}: ${why}`,
            'lora_path',
          );
      });
    });
  }

  async unloadAdapter(name: string): Promise<string> {
    return this.#queue.run(async () => {
      const message = this.adapters.unload(name);
      await this.#loaded?.contexts.drop(name);
      return message;
    });
  }

  async dispose(): Promise<void> {
    await this.#loaded?.dispose();
    await this.adapters.dispose();
  }
}
