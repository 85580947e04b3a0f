import type {Span} from '@opentelemetry/api';
import {scrubId} from '../../core/curation/pii/scrub-id.ts';
import {answersNothing, promptOf, promptsOf} from '../../core/releases/models.ts';
import type {GatewayKey} from '../../schemas/gateway-key.ts';
import {short} from '../../schemas/names.ts';
import type {Trace} from '../../schemas/trace.ts';
import type {Tracing} from '../../telemetry/tracing.ts';
import type {ReleaseAnswer, Answerer, RenderedRequest} from './answerer.ts';
import {noSuchModel, taskOf, textOf, type ChatRequest} from './chat-request.ts';
import type {DeploymentWatch, ServedRelease} from './deployment-watch.ts';
import type {Exchange} from './exchange.ts';
import {beginExchange, endExchange} from './exchange-span.ts';
import {isBaseAlone, type BeforeFirstRelease} from './first-release.ts';
import type {TaskLabels} from './feedback-desk.ts';
import {GatewayError, asGatewayError, unavailable} from './gateway-error.ts';
import type {KeyCounts} from './key-counts.ts';
import type {Metrics} from './metrics.ts';
import {newTraceId} from './new-trace-id.ts';
import type {RawLog} from './raw-log.ts';
import type {ShadowQueue} from './shadow-queue.ts';
import {bucketOf, hashedUnit, splitUnit, within} from './split.ts';
import type {TraceLog} from './trace-log.ts';

export interface GatewayParts {
  readonly project: string;
  readonly key: Uint8Array;
  readonly watch: DeploymentWatch;
  readonly answerer: Answerer;
  readonly traces: TraceLog;
  readonly shadows: ShadowQueue;
  readonly metrics: Metrics;
  readonly counts: KeyCounts;
  /** Null unless the project asks for raw exchanges. */
  readonly raw: RawLog | null;
  /** What an hour of an engine costs, in the project's currency. */
  readonly engineHour: number;
  readonly beforeFirstRelease: BeforeFirstRelease;
  /** Null, or missing, unless OpenTelemetry traces are asked for. */
  readonly tracing?: Tracing | null;
}

export interface Reply {
  readonly content: string;
  readonly finish: string;
  readonly usage: {
    readonly prompt_tokens: number;
    readonly completion_tokens: number;
    readonly total_tokens: number;
  };
}

/** Answers chat completions by the release that the split chooses, and leaves a trace of each. */
export class Gateway {
  readonly #parts: GatewayParts;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
  }

  get project(): string {
    return this.#parts.project;
  }

  /** Names of the tasks that the stable release serves; none before the first deployment. */
  get tasks(): readonly string[] {
    const {served} = this.#parts.watch;
    return served === null ? [] : Object.keys(promptsOf(served.stable.release));
  }

  /** What the task may answer, in the stable release or the canary; null where it writes freely, or is not served. */
  labelsOf(task: string): TaskLabels | null {
    const {served} = this.#parts.watch;
    const prompts = [served?.canary, served?.stable].map((part) => part && promptOf(part.release, task));
    const labels = new Set(prompts.toReversed().flatMap((prompt) => Object.keys(prompt?.choices ?? {})));
    const aliases = Object.assign({}, ...prompts.map((prompt) => prompt?.aliases)) as TaskLabels['aliases'];
    return labels.size === 0 ? null : {labels: [...labels], aliases};
  }

  /** Why nobody is answered though something is deployed; null where there is no such reason. */
  get waits(): string | null {
    const {watch, beforeFirstRelease, project} = this.#parts;
    if (watch.served === null) return null;
    const start = `no release of ${project} has been approved yet: start a run with "ratchet run ${project}" and approve it`;
    if (answersNothing(watch.served.stable.release)) return start;
    if (beforeFirstRelease === 'base' || !isBaseAlone(watch.served.deployment)) return null;
    return `${start}, or set gateway.before_first_release to base for answers of the base model`;
  }

  /**
   * Chooses the release. `traceparent`: the caller's span, by W3C's header. Throws GatewayError 404 for another model, 503
   * before the first deployment, and before the first release.
   */
  open(
    request: ChatRequest,
    {
      key,
      authorization,
      traceparent,
    }: {
      readonly key: GatewayKey | null;
      readonly authorization: string | undefined;
      readonly traceparent?: string | undefined;
    },
  ): Exchange {
    const {project, watch} = this.#parts;
    const task = taskOf(request.model, project);
    const {served} = watch;
    if (served === null)
      throw unavailable(
        'no_deployment',
        watch.state.refused ??
          watch.state.error ??
          `nothing of ${project} is released yet: start with "ratchet run ${project}"`,
      );
    const {waits} = this;
    if (waits !== null) throw unavailable('no_release_yet', waits);
    if (!this.tasks.includes(task)) throw noSuchModel(request.model, project);
    // A key of the project stands for an application: sticking to it, all its users would change over at once.
    const unit = splitUnit({...request, authorization: key === null ? authorization : undefined});
    const inCanary = served.canary !== null && within(bucketOf(project, unit), served.canary.weight);
    // A canary that lacks the task would turn its users away.
    const canary = inCanary && promptOf(served.canary.release, task) !== undefined;
    const at = Date.now();
    const id = newTraceId(at);
    return {
      id,
      at,
      task,
      request,
      served,
      role: canary ? 'canary' : 'stable',
      unit: hashedUnit(this.#parts.key, unit),
      key,
      span: this.#span({id, task, request}, traceparent),
    };
  }

  /** The answer, by way of `onText` where it is streamed. Leaves a trace whether it succeeds or not. Throws GatewayError. */
  async answer(
    exchange: Exchange,
    options: {readonly signal: AbortSignal; readonly onText?: (piece: string) => void},
  ): Promise<Reply> {
    const {answerer} = this.#parts;
    const {request, role, served, task} = exchange;
    const chosen = role === 'canary' ? served.canary! : served.stable;
    const began = performance.now();
    let asked: RenderedRequest | null = null;
    try {
      asked = await answerer.ask(chosen, task, request, exchange.key?.family ?? '');
      const answered = await answerer.answer(chosen, asked, {
        ...options,
        span: exchange.span,
        maxTokens: request.max_completion_tokens ?? request.max_tokens ?? undefined,
      });
      this.#trace(exchange, chosen, role, {asked, answered, began, error: null});
      this.#shadow(exchange);
      const {promptTokens, completionTokens} = answered.engine;
      return {
        content: answered.content,
        finish: answered.finish,
        usage: {
          prompt_tokens: promptTokens,
          completion_tokens: completionTokens,
          total_tokens: promptTokens + completionTokens,
        },
      };
    } catch (error) {
      const failure = options.signal.aborted
        ? new GatewayError(499, 'client_closed', 'the client hung up', {cause: error})
        : asGatewayError(error);
      this.#trace(exchange, chosen, role, {asked, answered: null, began, error: failure});
      throw failure;
    }
  }

  #shadow(exchange: Exchange): void {
    const {shadows, answerer, watch, metrics} = this.#parts;
    const {served, id, task, request, role} = exchange;
    const {shadow} = served;
    if (shadow === null || promptOf(shadow.release, task) === undefined) return;
    const answering = role === 'canary' ? served.canary! : served.stable;
    if (answering.release.digest === shadow.release.digest) return;
    // By the request, not by the user: a shadow nobody sees needs no stickiness.
    if (!within(Number.parseInt(id.slice(8, 20), 16) % 10_000, shadow.weight)) return;
    shadows.add(async () => {
      // It waited: by now its release may answer users, or nobody, and a copy would only take an engine's time.
      if (watch.served?.shadow?.release.digest !== shadow.release.digest) {
        metrics.shadowDropped.inc();
        return;
      }
      const at = Date.now();
      const copyId = newTraceId(at);
      const span = this.#span({id: copyId, task, request}, exchange.span);
      const copy: Exchange = {...exchange, id: copyId, at, key: null, span};
      const started = performance.now();
      let asked: RenderedRequest | null = null;
      try {
        asked = await answerer.ask(shadow, task, request, SHADOWS);
        const answered = await answerer.answer(shadow, asked, {span});
        this.#trace(copy, shadow, 'shadow', {asked, answered, began: started, error: null, shadowOf: id});
      } catch (error) {
        this.#trace(copy, shadow, 'shadow', {
          asked,
          answered: null,
          began: started,
          error: asGatewayError(error),
          shadowOf: id,
        });
      }
    });
  }

  #span(
    of: Pick<Exchange, 'id' | 'task' | 'request'>,
    parent: Span | string | null | undefined,
  ): Span | null {
    const {tracing, project} = this.#parts;
    return tracing ? beginExchange(tracing, {...of, project}, parent) : null;
  }

  #trace(
    {id, at, task, request, unit, key: payer, span}: Exchange,
    {release}: ServedRelease,
    role: Trace['role'],
    outcome: {
      readonly asked: RenderedRequest | null;
      readonly answered: ReleaseAnswer | null;
      readonly began: number;
      readonly error: GatewayError | null;
      readonly shadowOf?: string;
    },
  ): void {
    const {project, key, traces, metrics, counts, raw, engineHour} = this.#parts;
    const row = request.metadata?.row;
    const {asked, answered, began, error} = outcome;
    const total = performance.now() - began;
    const model = answered?.engine.modelMs ?? 0;
    const status = error?.status ?? 200;
    const promptTokens = answered?.engine.promptTokens ?? 0;
    const completionTokens = answered?.engine.completionTokens ?? 0;
    const cost = answered?.engine.cost ?? (engineHour * model) / 3_600_000;
    if (payer !== null) counts.answered(payer, {promptTokens, completionTokens, cost});
    const trace: Trace = {
      v: 1,
      id,
      at: new Date(at).toISOString(),
      project,
      task,
      release: release.digest,
      role,
      shadowOf: outcome.shadowOf ?? null,
      unit,
      ...(payer === null ? {} : {key: payer.id}),
      fields: asked === null ? {} : fieldsOf(asked),
      // As curation names rows, so that a trace leads to its row.
      row: row === undefined ? null : scrubId(row, key),
      prompt: asked?.promptDigest ?? NO_PROMPT,
      output: answered?.scrubbed ?? '',
      ...(answered === null || release.v === 1 ? {} : {model: answered.model}),
      promptTokens,
      completionTokens,
      latencyMs: {total: rounded(total), model: rounded(model)},
      cost,
      status,
      error: error?.code ?? null,
    };
    traces.add(trace);
    if (span !== null) endExchange(span, trace, answered?.finish ?? null);
    raw?.add({id, messages: request.messages, output: answered?.engine.text ?? ''});
    metrics.requests.inc({task, release: short(release.digest), role, status: String(status)});
    if (error !== null) {
      if (error.status < 500) metrics.blocked.inc({code: error.code});
      return;
    }
    metrics.seconds.observe({task, role}, total / 1000);
    metrics.overhead.observe({task}, (total - model) / 1000);
    metrics.tokens.inc({task, kind: 'prompt'}, promptTokens);
    metrics.tokens.inc({task, kind: 'completion'}, completionTokens);
  }
}

/** Whose texts a shadow's are: they take turns with the clients'. No family has this name. */
const SHADOWS = 'shadow copies';

/** sha256 of nothing: the request never became a prompt. */
const NO_PROMPT = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

/** The row's fields; of a conversation the last user message. The transform has scrubbed both. */
function fieldsOf({transformed}: RenderedRequest): Record<string, string> {
  const last = transformed.messages?.findLast(({role}) => role === 'user');
  return {
    ...transformed.fields,
    ...(last === undefined ? {} : {message: textOf(last as ChatRequest['messages'][number])}),
  };
}
