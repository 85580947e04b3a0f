import {RatchetError} from '../../schemas/errors.ts';
import type {Say} from '../../telemetry/log.ts';
import {NoReadyEndpoint, type Endpoint} from '../clients/kubernetes/service-endpoints.ts';

interface WatchOptions {
  /** As ServiceEndpoints.ready(). */
  readonly ready: () => Promise<readonly Endpoint[]>;
  readonly use: (engines: readonly Endpoint[]) => void;
  readonly intervalMs: number;
  readonly say: Say;
}

/** Follows which engines there are. While that cannot be asked, those of the last time go on. */
export class EngineWatch {
  readonly #options: WatchOptions;
  #timer: NodeJS.Timeout | null = null;
  #said = '';

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** The first look, and then one each interval. Throws what waiting does not fix: InvalidInput, AccessDenied. */
  async start(): Promise<void> {
    const error = await this.#look();
    if (error instanceof RatchetError && !error.retryable) throw error;
    const turn = async () => {
      await this.#look();
      if (this.#timer !== null) this.#timer = setTimeout(() => void turn(), this.#options.intervalMs);
    };
    this.#timer = setTimeout(() => void turn(), this.#options.intervalMs);
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** Never throws. */
  async #look(): Promise<Error | null> {
    const {ready, use, say} = this.#options;
    try {
      const engines = await ready();
      use(engines);
      this.#tell(`engines: ${engines.map(({url}) => url).join(', ')}`, (line) => say(line));
      return null;
    } catch (error) {
      if (error instanceof NoReadyEndpoint) use([]);
      this.#tell((error as Error).message, (line) => say(line, {level: 'warn'}));
      return error as Error;
    }
  }

  /** Once, not at every look. */
  #tell(line: string, say: (line: string) => void): void {
    if (line !== this.#said) say(line);
    this.#said = line;
  }
}
