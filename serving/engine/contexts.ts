import type {NativeModel, NativeSequence} from './native.ts';

export interface Context {
  readonly size: number;
  readonly sequence: NativeSequence;
}

/**
 * A context a model name, made at first use and kept while it is among the `limit` last used: an adapter belongs to a
 * context (15–100 ms to make, ~50 MB at 1,024 tokens). Used by one request at a time.
 */
export class ContextPool {
  readonly #model: NativeModel;
  readonly #options: {readonly contextSize: number; readonly threads: number; readonly limit: number};
  /** In the order of use, least recent first. */
  readonly #contexts = new Map<string, Context & {dispose(): Promise<void>}>();

  constructor(
    model: NativeModel,
    options: {readonly contextSize: number; readonly threads: number; readonly limit: number},
  ) {
    this.#model = model;
    this.#options = options;
  }

  get open(): readonly string[] {
    return [...this.#contexts.keys()];
  }

  /** `lora` is the adapter's GGUF file, or null for the base. The sequence comes with an empty history. */
  async take(name: string, lora: string | null): Promise<Context> {
    let context = this.#contexts.get(name);
    if (context === undefined) {
      while (this.#contexts.size >= this.#options.limit) await this.drop([...this.#contexts.keys()][0]!);
      const native = await this.#model.createContext({
        contextSize: this.#options.contextSize,
        threads: this.#options.threads,
        sequences: 1,
        failedCreationRemedy: false,
        ...(lora === null ? {} : {lora}),
      });
      context = {
        size: this.#options.contextSize,
        sequence: native.getSequence(),
        dispose: () => native.dispose(),
      };
    }
    this.#contexts.delete(name);
    this.#contexts.set(name, context);
    // No state is carried from one request to the next: the same prompt gives the same bits, whoever asked before.
    await context.sequence.clearHistory();
    return context;
  }

  async drop(name: string): Promise<void> {
    const context = this.#contexts.get(name);
    this.#contexts.delete(name);
    await context?.dispose();
  }
}
