import {setTimeout as wait} from 'node:timers/promises';
import type {Span} from '@opentelemetry/api';
import type {Release} from '../../schemas/release.ts';
import {RatchetError} from '../../schemas/errors.ts';
import {adapterName} from '../../core/identity/release-digest.ts';
import type {Tracing} from '../../telemetry/tracing.ts';
import type {Endpoint} from '../clients/kubernetes/service-endpoints.ts';
import type {DeployTarget} from '../targets/deploy-target.ts';
import {beginCall, endCall, failCall} from './engine-span.ts';
import {GatewayError, unavailable} from './gateway-error.ts';
import {type Upstream} from './upstream.ts';

/** A /v1/completions body without the model. */
export interface EngineRequest {
  readonly prompt: string;
  readonly max_tokens: number;
  readonly temperature: number;
  readonly stop?: readonly string[];
  readonly structured_outputs?: {readonly choice: readonly string[]};
}
export interface EngineAnswer {
  readonly text: string;
  readonly finish: string;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** From the request's start on the engine that answered to its last byte. */
  readonly modelMs: number;
}

/** How an engine is asked, and how it is given adapters. */
export interface OpenEngine {
  readonly upstream: Upstream;
  readonly target: DeployTarget;
}
interface Engine extends OpenEngine {
  readonly id: string;
  inFlight: number;
  /** It is there no more: closed once it has answered what it was asked. */
  gone: boolean;
  /** No request goes there before this time unless all are down. */
  downUntil: number;
  lastError: string | null;
}

const DOWN_MS = 1000;
const GRACE_MS = 5000;
/** How long an engine may take to say that it is there, and how long what it said is believed. */
const PROBE_MS = 1000;

/**
 * The engines: each request goes to the one with the fewest in flight; one that is down or full is passed over and the next
 * one tried. An engine that lost an adapter (it was started anew) gets it back before the request is repeated there.
 */
export class EnginePool {
  readonly #open: (url: string) => OpenEngine;
  readonly #changed: (engines: number) => void;
  #engines: readonly Engine[] = [];
  /** Engines that are being given what they are to answer for, by id. */
  readonly #joining = new Map<string, Engine>();
  /** What they were to answer for and could not be given; tried again when they are found the next time. */
  readonly #outside = new Map<string, {readonly url: string; readonly error: string}>();
  /** By adapter: what an engine must have, and have proved, before it is asked anything. */
  readonly #prepared = new Map<string, Release>();
  /** Adapters being brought to an engine, by engine and model. */
  readonly #loading = new Map<string, Promise<void>>();
  readonly #tracing: Tracing | null;
  #next = 0;
  #probe: {readonly at: number; readonly found: Promise<boolean>} | null = null;

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
    this.#open = open;
    this.#changed = changed;
    this.#tracing = tracing;
  }

  /**
   * The engines there are now. One that is new is asked once it has, and has proved, all releases in use; one that is not named
   * any more is asked nothing from now on, and answers what it was asked.
   */
  use(found: readonly Endpoint[]): void {
    const ids = new Set(found.map(({id}) => id));
    for (const engine of this.#engines) if (!ids.has(engine.id)) this.#leave(engine);
    for (const id of this.#joining.keys()) if (!ids.has(id)) this.#joining.delete(id);
    for (const id of this.#outside.keys()) if (!ids.has(id)) this.#outside.delete(id);
    for (const {id, url} of found)
      if (!this.#joining.has(id) && !this.#engines.some((engine) => engine.id === id))
        void this.#join({id, ...this.#open(url), inFlight: 0, gone: false, downUntil: 0, lastError: null});
  }

  get state(): readonly {url: string; up: boolean; inFlight: number; error: string | null}[] {
    return [
      ...this.#engines.map(({upstream, downUntil, inFlight, lastError}) => ({
        url: upstream.url,
        up: downUntil <= Date.now(),
        inFlight,
        error: lastError,
      })),
      ...[...this.#outside.values()].map(({url, error}) => ({url, up: false, inFlight: 0, error})),
    ];
  }
  /** Whether an engine has nothing to do. */
  get idle(): boolean {
    return this.#engines.some(({inFlight, downUntil}) => inFlight === 0 && downUntil <= Date.now());
  }

  /**
   * Whether an engine answers: one that did last time, or, where all failed, one that does now. Asked at most once a second,
   * however often this is: anybody may.
   */
  reachable(): Promise<boolean> {
    if (this.#engines.some(({lastError}) => lastError === null)) return Promise.resolve(true);
    if (this.#probe === null || Date.now() - this.#probe.at >= PROBE_MS)
      this.#probe = {at: Date.now(), found: this.#anyAnswers()};
    return this.#probe.found;
  }

  async #anyAnswers(): Promise<boolean> {
    const asked = this.#engines.map(async (engine) => {
      if (!(await engine.upstream.answers('/v1/models', AbortSignal.timeout(PROBE_MS))))
        throw new Error(`${engine.upstream.url} does not answer with its models`);
      engine.downUntil = 0;
      engine.lastError = null;
    });
    return Promise.any(asked).then(
      () => true,
      () => false,
    );
  }

  /**
   * Makes the release answerable. Engines that are away are left out: they get it when they are asked. Throws what a target
   * throws where the adapter itself is unfit (DigestMismatch, ArtifactMissing, AdapterNotServed, InvalidInput).
   */
  async prepare(release: Release): Promise<void> {
    const adapter = release.adapter?.digest;
    const before = this.#prepared.has(adapter ?? '');
    if (adapter !== undefined) this.#prepared.set(adapter, release);
    let unfit: Error | null = null;
    const loads = this.#engines.map(async (engine) => {
      try {
        await this.#ensure(engine, release);
      } catch (error) {
        if (!(error instanceof RatchetError) || !error.retryable) unfit ??= error as Error;
        throw error;
      }
    });
    // An engine that hangs must not hold up a rollback: once one is ready the others get a little longer.
    const enough = Promise.any(loads).then(() => wait(GRACE_MS, undefined, {ref: false}));
    await Promise.race([Promise.allSettled(loads), enough.catch(() => undefined)]);
    if (unfit === null) return;
    if (!before) this.#prepared.delete(adapter ?? '');
    throw unfit as Error;
  }

  async forget(release: Release): Promise<void> {
    if (release.adapter === null) return;
    this.#prepared.delete(release.adapter.digest);
    const name = adapterName(release.project, release.adapter.digest);
    await Promise.allSettled(this.#engines.map(({target}) => target.unload(name)));
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
    this.#joining.clear();
    for (const {upstream} of this.#engines) upstream.close();
  }

  async #join(engine: Engine): Promise<void> {
    const {id, upstream} = engine;
    this.#joining.set(id, engine);
    const has = new Set<string>();
    const missing = () => [...this.#prepared].filter(([adapter]) => !has.has(adapter));
    try {
      // More may be deployed meanwhile.
      for (let all = missing(); all.length > 0; all = missing())
        for (const [adapter, release] of all) {
          await this.#ensure(engine, release);
          has.add(adapter);
        }
      if (this.#joining.get(id) !== engine) throw new Error('it is gone again');
      this.#outside.delete(id);
      this.#engines = [...this.#engines, engine];
      this.#changed(this.#engines.length);
    } catch (error) {
      upstream.close();
      if (this.#joining.get(id) === engine)
        this.#outside.set(id, {url: upstream.url, error: (error as Error).message});
    } finally {
      if (this.#joining.get(id) === engine) this.#joining.delete(id);
    }
  }

  #leave(engine: Engine): void {
    this.#engines = this.#engines.filter((one) => one !== engine);
    this.#changed(this.#engines.length);
    engine.gone = true;
    closeIdle(engine);
  }

  /** Least busy first, engines that are down last; equals in turn. */
  #order(): Engine[] {
    const now = Date.now();
    const turn = this.#next++;
    return this.#engines
      .map((_, i, all) => all[(i + turn) % all.length]!)
      .sort((a, b) => Number(a.downUntil > now) - Number(b.downUntil > now) || a.inFlight - b.inFlight);
  }

  #down(engine: Engine, error: Error): GatewayError {
    engine.downUntil = Date.now() + DOWN_MS;
    engine.lastError = error.message;
    return unavailable('engine_unavailable', 'no engine answers: try again shortly', error);
  }

  async #ensure(engine: Engine, release: Release): Promise<void> {
    if (release.adapter === null) return;
    const key = `${engine.id} ${release.adapter.digest}`;
    let loading = this.#loading.get(key);
    if (loading === undefined) {
      loading = engine.target
        .ensureAdapter(release)
        .then(() => engine.target.prove(release))
        .then(() => undefined)
        .finally(() => this.#loading.delete(key));
      this.#loading.set(key, loading);
    }
    await loading;
  }

  async #traced(
    engine: Engine,
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
    engine: Engine,
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
      const answer = await engine.upstream.post('/v1/completions', body, signal, call);
      if (answer.status === 404 && release.adapter !== null && attempt === 0) {
        await this.#ensure(engine, release);
        continue;
      }
      if (answer.status !== 200) throw refused(answer.status, answer.text ?? '');
      engine.downUntil = 0;
      engine.lastError = null;
      return answer.text === null
        ? await streamed(answer.events, began, onText ?? (() => undefined))
        : whole(answer.text, began);
    }
  }
}

function closeIdle({inFlight, upstream}: Engine): void {
  if (inFlight === 0) upstream.close();
}

interface CompletionBody {
  readonly choices: readonly {readonly text: string; readonly finish_reason: string | null}[];
  readonly usage?: {readonly prompt_tokens: number; readonly completion_tokens: number} | null;
  readonly error?: {readonly message: string};
}

function whole(text: string, began: number): EngineAnswer {
  const {choices, usage} = JSON.parse(text) as CompletionBody;
  return {
    text: choices[0]!.text,
    finish: choices[0]!.finish_reason ?? 'stop',
    promptTokens: usage?.prompt_tokens ?? 0,
    completionTokens: usage?.completion_tokens ?? 0,
    modelMs: performance.now() - began,
  };
}

async function streamed(
  events: AsyncIterable<string>,
  began: number,
  onText: (piece: string) => void,
): Promise<EngineAnswer> {
  let text = '';
  let finish: string | null = null;
  let usage: CompletionBody['usage'];
  for await (const data of events) {
    const chunk = JSON.parse(data) as CompletionBody;
    if (chunk.error !== undefined) throw new Error(chunk.error.message);
    usage = chunk.usage ?? usage;
    const choice = chunk.choices[0];
    if (choice === undefined) continue;
    finish = choice.finish_reason ?? finish;
    if (choice.text === '') continue;
    text += choice.text;
    onText(choice.text);
  }
  if (finish === null) throw new Error('the engine broke off in the middle of an answer');
  return {
    text,
    finish,
    promptTokens: usage?.prompt_tokens ?? 0,
    completionTokens: usage?.completion_tokens ?? 0,
    modelMs: performance.now() - began,
  };
}

function refused(status: number, text: string): Error {
  if (status === 429 || status === 503)
    return unavailable(
      'engine_busy',
      'every engine has as many requests waiting as it takes: try again shortly',
    );
  if (status === 400 || status === 422)
    return new GatewayError(
      400,
      'prompt_refused',
      'the model cannot take this input: it is too long for its context',
      {
        param: 'messages',
      },
    );
  // What it said may repeat the key.
  if (status === 401 || status === 403)
    return new Error(`the engine answered ${status}: check RATCHET_ENGINE_KEY`);
  // Nor its message: it may repeat the prompt, and this goes into the log.
  return new Error(`the engine answered ${status}${errorKind(text)}`);
}

/** ` (type code)` of an OpenAI-shaped error, as far as both are words; else nothing. */
function errorKind(text: string): string {
  try {
    const {error} = JSON.parse(text) as {error?: {type?: unknown; code?: unknown}};
    const words = [error?.type, error?.code].filter(
      (word) => typeof word === 'number' || (typeof word === 'string' && /^[\w.-]{1,64}$/.test(word)),
    );
    return words.length === 0 ? '' : ` (${words.join(' ')})`;
  } catch {
    return '';
  }
}
