import type {Span} from '@opentelemetry/api';
import {adapterName} from '../../core/identity/release-digest.ts';
import type {Release} from '../../schemas/release.ts';
import type {Tracing} from '../../telemetry/tracing.ts';
import type {Endpoint} from '../clients/kubernetes/service-endpoints.ts';
import {refused, StreamedAnswer, whole, type EngineAnswer, type EngineRequest} from './engine-answer.ts';
import {closeIdle, EngineMembers, type EngineMember, type OpenEngine} from './engine-members.ts';
import {beginCall, endCall, failCall} from './engine-span.ts';
import {GatewayError, unavailable} from './gateway-error.ts';

const DOWN_MS = 1000;
/** How long an engine may take to say that it is there, and how long what it said is believed. */
const PROBE_MS = 1000;

/**
 * The engines: each request goes to the one with the fewest in flight; one that is down or full is passed over and the next
 * one tried. An engine that lost an adapter (it was started anew) gets it back before the request is repeated there.
 */
export class EnginePool {
  readonly #members: EngineMembers;
  readonly #tracing: Tracing | null;
  #next = 0;
  /** When each was last asked whether it answers, and what came of it. */
  readonly #looks = new WeakMap<EngineMember, {readonly at: number; readonly answers: Promise<void>}>();

  constructor({
    open,
    changed = () => undefined,
    tracing = null,
  }: {
    readonly open: (url: string) => OpenEngine;
    /** Called with how many are asked, whenever one has come or gone. */
    readonly changed?: (engines: number) => void;
    readonly tracing?: Tracing | null;
  }) {
    this.#members = new EngineMembers(open, changed);
    this.#tracing = tracing;
  }

  /**
   * The engines there are now. One that is new is asked once it has, and has proved, all releases in use; one that is not named
   * any more is asked nothing from now on, and answers what it was asked.
   */
  use(found: readonly Endpoint[]): void {
    this.#members.use(found);
  }

  /**
   * Makes the release answerable. Engines that are away are left out: they get it when they are asked. Throws what a target
   * throws where the adapter itself is unfit (DigestMismatch, ArtifactMissing, AdapterNotServed, InvalidInput).
   */
  prepare(release: Release): Promise<void> {
    return this.#members.prepare(release);
  }

  forget(release: Release): Promise<void> {
    return this.#members.forget(release);
  }

  get state(): readonly {url: string; up: boolean; inFlight: number; error: string | null}[] {
    return [
      ...this.#members.all.map(({upstream, inFlight, lastError}) => ({
        url: upstream.url,
        up: lastError === null,
        inFlight,
        error: lastError,
      })),
      ...this.#members.outside.map(({url, error}) => ({url, up: false, inFlight: 0, error})),
    ];
  }
  /** Whether an engine has nothing to do. */
  get idle(): boolean {
    return this.#members.all.some(({inFlight, downUntil}) => inFlight === 0 && downUntil <= Date.now());
  }

  /** Whether an engine answers: one that did last time, or, where all failed, one that does now. */
  async reachable(): Promise<boolean> {
    if (this.#members.all.some(({lastError}) => lastError === null)) return true;
    return Promise.any(this.#members.all.map((engine) => this.#answers(engine))).then(
      () => true,
      () => false,
    );
  }

  /** Looks whether those answer that failed last, and those that nobody asks now: `state` is then of now. */
  async look(): Promise<void> {
    const unknown = this.#members.all.filter(({lastError, inFlight}) => lastError !== null || inFlight === 0);
    await Promise.allSettled(unknown.map((engine) => this.#answers(engine)));
  }

  /** Asked at most once a second, however often this is called: anybody may. */
  #answers(engine: EngineMember): Promise<void> {
    const last = this.#looks.get(engine);
    if (last !== undefined && Date.now() - last.at < PROBE_MS) return last.answers;
    const answers = this.#askForModels(engine);
    answers.catch(() => undefined);
    this.#looks.set(engine, {at: Date.now(), answers});
    return answers;
  }

  async #askForModels(engine: EngineMember): Promise<void> {
    try {
      if (!(await engine.upstream.answers('/v1/models', AbortSignal.timeout(PROBE_MS))))
        throw new Error(`${engine.upstream.url} does not answer with its models`);
      engine.downUntil = 0;
      engine.lastError = null;
    } catch (error) {
      // What it was asked meanwhile tells more.
      if (engine.inFlight === 0) this.#down(engine, error as Error);
      throw error;
    }
  }

  /**
   * Asks for one completion. `onText` makes it a stream. Throws GatewayError: 400 where the engine says the prompt cannot be
   * used, 503 where no engine answers. Once text was streamed, an engine that breaks off is not replaced.
   */
  async complete(
    release: Release,
    request: EngineRequest,
    options: {
      readonly signal?: AbortSignal;
      readonly onText?: (piece: string) => void;
      /** The span above: each engine that is asked gets one below it. */
      readonly span?: Span | null;
    },
  ): Promise<EngineAnswer> {
    let failure: GatewayError | null = null;
    let started = false;
    const {onText} = options;
    const listening =
      onText === undefined
        ? options
        : {
            ...options,
            onText: (piece: string) => {
              started = true;
              onText(piece);
            },
          };
    for (const engine of this.#order()) {
      engine.inFlight++;
      try {
        return await this.#traced(engine, release, request, listening);
      } catch (error) {
        if (options.signal?.aborted) throw error;
        if (error instanceof GatewayError && error.status !== 503) throw error;
        failure = error instanceof GatewayError ? error : this.#down(engine, error as Error);
        if (started)
          throw new GatewayError(
            502,
            'engine_broke_off',
            'the engine broke off in the middle of the answer',
            {
              cause: error,
            },
          );
      } finally {
        engine.inFlight--;
        if (engine.gone) closeIdle(engine);
      }
    }
    throw failure ?? unavailable('no_engine', 'no engine is there: try again shortly');
  }

  close(): void {
    this.#members.close();
  }

  /** Least busy first, engines that are down last; equals in turn. */
  #order(): EngineMember[] {
    const now = Date.now();
    const turn = this.#next++;
    return this.#members.all
      .map((_, i, all) => all[(i + turn) % all.length]!)
      .sort((a, b) => Number(a.downUntil > now) - Number(b.downUntil > now) || a.inFlight - b.inFlight);
  }

  #down(engine: EngineMember, error: Error): GatewayError {
    engine.downUntil = Date.now() + DOWN_MS;
    engine.lastError = error.message;
    return unavailable('engine_unavailable', 'no engine answers: try again shortly', error);
  }

  async #traced(
    engine: EngineMember,
    release: Release,
    request: EngineRequest,
    options: {
      readonly signal?: AbortSignal;
      readonly onText?: (piece: string) => void;
      readonly span?: Span | null;
    },
  ): Promise<EngineAnswer> {
    if (this.#tracing === null || !options.span) return this.#ask(engine, release, request, options);
    const call = beginCall(this.#tracing, options.span, {
      url: engine.upstream.url,
      model:
        release.adapter === null ? release.base.name : adapterName(release.project, release.adapter.digest),
      request,
    });
    try {
      const answer = await this.#ask(engine, release, request, {...options, call});
      endCall(call, answer);
      return answer;
    } catch (error) {
      failCall(call, error);
      throw error;
    }
  }

  async #ask(
    engine: EngineMember,
    release: Release,
    request: EngineRequest,
    {
      signal,
      onText,
      call,
    }: {readonly signal?: AbortSignal; readonly onText?: (piece: string) => void; readonly call?: Span},
  ): Promise<EngineAnswer> {
    const body = {
      ...(release.adapter === null ? {} : {model: adapterName(release.project, release.adapter.digest)}),
      ...request,
      ...(onText === undefined ? {} : {stream: true, stream_options: {include_usage: true}}),
    };
    for (let attempt = 0; ; attempt++) {
      const began = performance.now();
      const stream = new StreamedAnswer(onText ?? (() => undefined));
      const answer = await engine.upstream.post('/v1/completions', body, {
        signal,
        span: call,
        onEvent: stream.take,
      });
      if (answer.status === 404 && release.adapter !== null && attempt === 0) {
        await this.#members.ensure(engine, release);
        continue;
      }
      if (answer.status !== 200) throw refused(answer.status, answer.text ?? '');
      engine.downUntil = 0;
      engine.lastError = null;
      return answer.text === null ? stream.whole(began) : whole(answer.text, began);
    }
  }
}
