import {endOf} from '../../core/access/key-state.ts';
import type {GatewayKey} from '../../schemas/gateway-key.ts';
import type {Stores} from '../../stores/stores.ts';

/** A project's keys as a request meets them. */
export interface KeyRing {
  /** The project has had a key: from then on each request needs one. */
  readonly any: boolean;
  readonly byHash: ReadonlyMap<string, {readonly key: GatewayKey; readonly end: number}>;
  /** A key has a daily budget, so what other gateways let it do matters. */
  readonly budgets: boolean;
}

export interface KeyWatchOptions {
  readonly project: string;
  readonly stores: Pick<Stores, 'gatewayKeys'>;
  readonly intervalMs: number;
  readonly say: (line: string) => void;
}

/**
 * Follows the project's keys. While the store is away, or the document is damaged or gone, those that were read last hold: a
 * store that fails neither opens the gateway nor shuts out its clients. Until they were read once there is no ring.
 */
export class KeyWatch {
  readonly #options: KeyWatchOptions;
  #ring: KeyRing | null = null;
  #error: string | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: KeyWatchOptions) {
    this.#options = options;
  }

  get ring(): KeyRing | null {
    return this.#ring;
  }
  /** Why the keys could not be read last time. */
  get error(): string | null {
    return this.#error;
  }

  start(): void {
    const turn = async () => {
      await this.read();
      if (this.#timer !== null) this.#timer = setTimeout(() => void turn(), this.#options.intervalMs);
    };
    this.#timer = setTimeout(() => void turn(), this.#options.intervalMs);
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** Reads them once; never throws. */
  async read(): Promise<void> {
    const {project, stores, say} = this.#options;
    try {
      const set = await stores.gatewayKeys.read(project);
      if (set === null && this.#ring?.any) throw new Error(`the keys of ${project} are gone from the store`);
      this.#ring = ringOf(set?.keys ?? null);
      if (this.#error !== null) say("the project's keys can be read again");
      this.#error = null;
    } catch (error) {
      const {message} = error as Error;
      if (this.#error === null)
        say(
          this.#ring === null
            ? `the project's keys cannot be read, so nobody is let in: ${message}`
            : `the project's keys cannot be read, the last ones hold: ${message}`,
        );
      this.#error = message;
    }
  }
}

function ringOf(keys: readonly GatewayKey[] | null): KeyRing {
  return {
    any: keys !== null,
    byHash: new Map((keys ?? []).map((key) => [key.hash, {key, end: endOf(key)}])),
    budgets: (keys ?? []).some(({budget}) => budget !== null),
  };
}
