import type {Span} from '@opentelemetry/api';
import {adapterName} from '../../core/identity/release-digest.ts';
import type {EngineModel} from '../../core/releases/models.ts';
import type {Tracing} from '../../telemetry/tracing.ts';
import type {EngineMember} from '../pool/engine-members.ts';
import type {EnginePool, Verdict} from '../pool/engine-pool.ts';
import {refused, StreamedAnswer, whole, type EngineAnswer, type EngineRequest} from './engine-answer.ts';
import {beginCall, endCall, failCall} from './engine-span.ts';
import {GatewayError, unavailable} from './gateway-error.ts';
import type {Upstream} from './upstream.ts';

type Engine = EngineMember<Upstream>;

export interface CompletionOptions {
  readonly signal?: AbortSignal;
  /** Makes it a stream. */
  readonly onText?: (piece: string) => void;
  /** The span above: each engine that is asked gets one below it. */
  readonly span?: Span | null;
}

/** An engine answered that it has no such model. */
class AdapterLost extends Error {}

/** What a failed completion says of the engine that was asked. */
export function verdictOf(error: unknown): Verdict {
  if (error instanceof AdapterLost) return 'lost';
  if (!(error instanceof GatewayError)) return 'down';
  return error.status === 503 ? 'busy' : 'question';
}

/** What an engine with an adapter calls it; null for the base alone. */
function nameOf({project, adapter}: EngineModel): string | null {
  return adapter === null ? null : adapterName(project, adapter.digest);
}

/** What an open model answers, from whichever engine can. */
export class Completions {
  readonly #pool: EnginePool<Upstream>;
  readonly #tracing: Tracing | null;

  /** `pool` must judge failures by {@link verdictOf}. */
  constructor(pool: EnginePool<Upstream>, tracing: Tracing | null = null) {
    this.#pool = pool;
    this.#tracing = tracing;
  }

  /**
   * Asks for one completion. Throws GatewayError: 400 where the engine says the prompt cannot be used, 503 where no engine
   * answers. Once text was streamed, an engine that breaks off is not replaced.
   */
  async complete(
    model: EngineModel,
    request: EngineRequest,
    options: CompletionOptions,
  ): Promise<EngineAnswer> {
    const {signal, onText} = options;
    if (this.#pool.members.all.length === 0)
      throw unavailable('no_engine', 'no engine is there: try again shortly');
    try {
      return await this.#pool.ask(
        onText === undefined
          ? (engine) => this.#ask(engine, model, request, options)
          : this.#streamed(model, request, {...options, onText}),
        {signal},
      );
    } catch (error) {
      if (signal?.aborted || error instanceof GatewayError) throw error;
      throw unavailable('engine_unavailable', 'no engine answers: try again shortly', error);
    }
  }

  /** A question that no other engine is asked once text came. */
  #streamed(
    model: EngineModel,
    request: EngineRequest,
    options: CompletionOptions & {readonly onText: (piece: string) => void},
  ): (engine: Engine) => Promise<EngineAnswer> {
    let started = false;
    const listening = {
      ...options,
      onText: (piece: string) => {
        started = true;
        options.onText(piece);
      },
    };
    return async (engine) => {
      try {
        return await this.#ask(engine, model, request, listening);
      } catch (error) {
        if (!started || options.signal?.aborted || verdictOf(error) === 'question') throw error;
        this.#pool.failed(engine, error as Error);
        throw new GatewayError(502, 'engine_broke_off', 'the engine broke off in the middle of the answer', {
          cause: error,
        });
      }
    };
  }

  #ask(
    engine: Engine,
    model: EngineModel,
    request: EngineRequest,
    options: CompletionOptions,
  ): Promise<EngineAnswer> {
    return this.#tracing === null || !options.span
      ? this.#post(engine, model, request, options)
      : this.#traced(this.#tracing, options.span, {engine, model, request, options});
  }

  async #traced(
    tracing: Tracing,
    parent: Span,
    {
      engine,
      model,
      request,
      options,
    }: {
      readonly engine: Engine;
      readonly model: EngineModel;
      readonly request: EngineRequest;
      readonly options: CompletionOptions;
    },
  ): Promise<EngineAnswer> {
    const call = beginCall(tracing, parent, {
      url: engine.url,
      model: nameOf(model) ?? model.base.name,
      request,
    });
    try {
      const answer = await this.#post(engine, model, request, {...options, call});
      endCall(call, answer);
      return answer;
    } catch (error) {
      failCall(call, error);
      throw error;
    }
  }

  #post(
    engine: Engine,
    model: EngineModel,
    request: EngineRequest,
    {signal, onText, call}: CompletionOptions & {readonly call?: Span},
  ): Promise<EngineAnswer> {
    const name = nameOf(model);
    const body = {
      ...(name === null ? {} : {model: name}),
      ...request,
      ...(onText === undefined ? {} : {stream: true, stream_options: {include_usage: true}}),
    };
    return this.#pool.withAdapter(engine, model, async () => {
      const began = performance.now();
      const stream = new StreamedAnswer(onText ?? (() => undefined));
      const answer = await engine.client.post('/v1/completions', body, {
        signal,
        span: call,
        onEvent: stream.take,
      });
      if (answer.status !== 200) {
        const failure = refused(answer.status, answer.text ?? '');
        const lost = answer.status === 404 && name !== null;
        throw lost ? new AdapterLost(failure.message) : failure;
      }
      return answer.text === null ? stream.whole(began) : whole(answer.text, began);
    });
  }
}
