import {RatchetError} from '../../../schemas/errors.ts';
import type {
  AskOptions,
  ChatAnswer,
  ChatAsk,
  ChatModel,
  ChatPiece,
  EmbedAnswer,
  EmbedAsk,
} from './chat-model.ts';
import type {Driver} from './driver.ts';
import type {Endpoint} from './endpoint.ts';
import {
  BrokeOffError,
  placeOf,
  refusal,
  TimedOutError,
  UnreadableAnswerError,
  VendorUnavailableError,
  type Asked,
  type ProviderFailure,
} from './failures.ts';
import {refuseUnsupported} from './parameters.ts';
import {withRetries, type Attempts, type RetryPolicy, type Waiting} from './retries.ts';
import {transportErrorIn} from './transport-error.ts';

export interface ProviderModelOptions {
  readonly asked: Asked;
  readonly endpoint: Endpoint;
  /** Called once, with the first request: an SDK takes a tenth of a second to load. */
  readonly openDriver: () => Promise<Driver>;
  /** One attempt, in ms: to the whole answer, or to a stream's first piece. */
  readonly timeoutMs: number;
  readonly policy: RetryPolicy;
  readonly waiting: Waiting;
}

/** What every vendor's model has in common: what is refused, attempts, time-outs, and errors in our words. */
export class ProviderModel implements ChatModel {
  readonly #options: ProviderModelOptions;
  #driver: Promise<Driver> | null = null;

  constructor(options: ProviderModelOptions) {
    this.#options = options;
  }

  async complete(ask: ChatAsk, {signal}: AskOptions = {}): Promise<ChatAnswer> {
    refuseUnsupported(ask, this.#options.asked.vendor);
    const driver = await this.#open();
    const {value, latencyMs} = await this.#try(driver, {signal, whole: true}, (attempt) =>
      driver.complete(ask, attempt.signal).finally(() => attempt.over()),
    );
    return {completion: value, latencyMs};
  }

  async embed(ask: EmbedAsk, {signal}: AskOptions = {}): Promise<EmbedAnswer> {
    const driver = await this.#open();
    const {value, latencyMs} = await this.#try(driver, {signal, whole: true}, (attempt) =>
      driver.embed(ask, attempt.signal).finally(() => attempt.over()),
    );
    return {response: value, latencyMs};
  }

  async *stream(ask: ChatAsk, {signal}: AskOptions = {}): AsyncIterable<ChatPiece> {
    refuseUnsupported(ask, this.#options.asked.vendor);
    const driver = await this.#open();
    const {value: begun} = await this.#try(driver, {signal, whole: false}, async (attempt) => {
      try {
        const pieces = (await driver.stream(ask, attempt.signal))[Symbol.asyncIterator]();
        const first = await pieces.next();
        // An SDK ends a stream that was aborted as if it were whole.
        attempt.signal.throwIfAborted();
        if (first.done === true) throw this.#unreadable('sent a stream without a piece');
        attempt.inTime();
        return {attempt, pieces, first: first.value};
      } catch (error) {
        attempt.end();
        throw error;
      }
    });
    const {attempt, pieces, first} = begun;
    const unfinished = new Unfinished();
    try {
      for (let piece = first; ;) {
        unfinished.take(piece);
        yield piece;
        const next = await pieces.next();
        if (next.done === true) break;
        piece = next.value;
      }
      attempt.signal.throwIfAborted();
      if (unfinished.any) throw this.#unreadable('ended a stream without a finish');
      this.#options.endpoint.circuit.answered();
    } catch (error) {
      signal?.throwIfAborted();
      this.#options.endpoint.circuit.failed();
      throw new BrokeOffError(this.#failure(driver, error, attempt.signal));
    } finally {
      attempt.end();
    }
  }

  #open(): Promise<Driver> {
    this.#driver ??= this.#options.openDriver().catch((error: unknown) => {
      this.#driver = null;
      throw error;
    });
    return this.#driver;
  }

  #try<T>(
    driver: Driver,
    {signal, whole}: Pick<Attempts, 'signal' | 'whole'>,
    once: (attempt: Attempt) => Promise<T>,
  ): Promise<{value: T; latencyMs: number}> {
    const {endpoint, policy, waiting, timeoutMs} = this.#options;
    let attempt: Attempt;
    return withRetries(
      async () => {
        attempt = new Attempt(signal, timeoutMs, this.#late);
        const began = performance.now();
        const value = await once(attempt);
        return {value, latencyMs: performance.now() - began};
      },
      {
        budget: endpoint.budget,
        circuit: endpoint.circuit,
        endpoint: endpoint.name,
        policy,
        waiting,
        signal,
        whole,
        failure: (error) => this.#failure(driver, error, attempt.signal),
      },
    );
  }

  readonly #late = (): TimedOutError => {
    const {asked, timeoutMs} = this.#options;
    return new TimedOutError(`${asked.endpoint} gave no answer of "${asked.model}" in ${timeoutMs} ms`);
  };

  /** Whatever an attempt rejected with, without what the vendor wrote. */
  #failure(driver: Driver, error: unknown, signal: AbortSignal): ProviderFailure {
    const {asked} = this.#options;
    if (error instanceof RatchetError) return error;
    // However the SDK words an abort.
    if (signal.reason instanceof RatchetError) return signal.reason;
    const said = driver.said(error);
    if (said !== null) return refusal(said, asked);
    const {endpoint} = asked;
    switch (transportErrorIn(error)?.fault) {
      case 'cut':
        return new VendorUnavailableError(`${endpoint} cannot be reached, or ended the connection`);
      case 'idle':
        return new TimedOutError(`${endpoint} fell silent in the middle of an answer`);
      case 'too-long':
        return this.#unreadable('sent a longer answer than is taken');
      case undefined:
        return this.#unreadable('sent no answer that can be read', {cause: placeOf(error)});
    }
  }

  #unreadable(what: string, options?: {cause?: unknown}): UnreadableAnswerError {
    return new UnreadableAnswerError(`${this.#options.asked.endpoint} ${what}`, options);
  }
}

/** A time-out and the caller's signal as one. */
class Attempt {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout;

  constructor(caller: AbortSignal | undefined, timeoutMs: number, late: () => Error) {
    this.#caller = caller;
    this.#timer = setTimeout(() => this.#controller.abort(late()), timeoutMs);
    caller?.addEventListener('abort', this.#abort);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** It has begun to answer; from here on the transport watches for silence. */
  inTime(): void {
    clearTimeout(this.#timer);
  }

  /** The whole answer is there, or none comes. */
  over(): void {
    clearTimeout(this.#timer);
    this.#caller?.removeEventListener('abort', this.#abort);
  }

  /** Ends what is still being asked. */
  end(): void {
    this.over();
    this.#controller.abort(ENDED);
  }

  readonly #abort = (): void => this.#controller.abort(this.#caller!.reason);
}
const ENDED = new Error('the answer is over');

/** By choice of a stream: whether it has finished. */
class Unfinished {
  readonly #finished = new Map<number, boolean>();

  get any(): boolean {
    return this.#finished.size === 0 || [...this.#finished.values()].includes(false);
  }

  take({choices}: ChatPiece): void {
    for (const {index, finish_reason: finish} of choices)
      if (this.#finished.get(index) !== true) this.#finished.set(index, typeof finish === 'string');
  }
}
