import {randomUUID} from 'node:crypto';
import Fastify, {type FastifyInstance, type FastifyReply} from 'fastify';
import {type Feedback, FeedbackRequest} from '../../schemas/trace.ts';
import {short} from '../../schemas/names.ts';
import {invalid, noSuchModel, parseChatRequest, type ChatRequest} from './chat-request.ts';
import type {DeploymentWatch} from './deployment-watch.ts';
import type {EnginePool} from './engine-pool.ts';
import type {FeedbackJournal} from './feedback-journal.ts';
import type {Exchange, Gateway, Reply} from './gateway.ts';
import {GatewayError, unavailable} from './gateway-error.ts';
import type {Metrics} from './metrics.ts';
import {quietConnections} from './quiet-connections.ts';
import {withLanguage} from './trace-language.ts';
import type {TraceLog} from './trace-log.ts';

export interface ServerParts {
  readonly gateway: Gateway;
  readonly watch: DeploymentWatch;
  readonly engines: EnginePool;
  readonly traces: TraceLog;
  readonly journal: FeedbackJournal;
  readonly metrics: Metrics;
  /** Takes personal data out of what users write into corrections. */
  readonly scrub: (text: string) => string;
  /** `trace`: the id of the answer that it should have become, if it had one. */
  readonly failed: (error: Error, trace: string | undefined) => void;
}

const BODY_LIMIT = 16 * 1024 * 1024;
/** The store was not read for so long: /healthz says degraded. */
const STALE_MS = 10_000;

/** The gateway's HTTP interface: OpenAI's chat completions, and what belongs to them. */
export function gatewayServer(parts: ServerParts): FastifyInstance {
  const {gateway, watch, engines, metrics} = parts;
  const app = Fastify({bodyLimit: BODY_LIMIT, logger: false, forceCloseConnections: false});
  const quiet = quietConnections(app.server);
  app.addHook('preClose', async () => quiet.end());

  app.setErrorHandler((error, _request, reply) => {
    const failure = asFailure(error);
    // What has a trace is counted with it.
    if (failure.status < 500 && !reply.hasHeader('x-ratchet-trace'))
      metrics.blocked.inc({code: failure.code});
    if (failure.status >= 500)
      parts.failed(
        (failure.cause as Error | undefined) ?? failure,
        reply.getHeader('x-ratchet-trace') as string | undefined,
      );
    if (failure.retryAfter !== null) reply.header('retry-after', failure.retryAfter);
    return reply.code(failure.status).send(failure.body());
  });
  app.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .send(
        new GatewayError(
          404,
          'not_found',
          `there is no ${request.method} ${request.url.split('?')[0]}`,
        ).body(),
      ),
  );

  app.post('/v1/chat/completions', async (request, reply) => {
    const body = parseChatRequest(request.body);
    const traceparent = request.headers['traceparent'] as string | undefined;
    const exchange = gateway.open(body, request.headers.authorization, traceparent);
    reply.header('x-ratchet-trace', exchange.id);
    const signal = hangUp(reply);
    if (body.stream === true) return streamReply(gateway, exchange, reply, signal);
    return completion(exchange, await gateway.answer(exchange, {signal}));
  });

  const models = () =>
    gateway.tasks.map((task) => ({
      id: `${gateway.project}/${task}`,
      object: 'model',
      created: Math.floor(Date.parse(watch.served?.deployment.at ?? '') / 1000) || 0,
      owned_by: 'ratchet',
    }));
  app.get('/v1/models', () => ({object: 'list', data: models()}));
  // A model's name holds a slash, which clients send as it is or as %2F.
  app.get<{Params: {'*': string}}>('/v1/models/*', ({params}) => {
    const model = models().find(({id}) => id === params['*']);
    if (model === undefined) throw noSuchModel(params['*'], gateway.project);
    return model;
  });

  app.post('/feedback', async (request, reply) => {
    const parsed = FeedbackRequest.safeParse(request.body);
    if (!parsed.success) throw invalid(parsed.error);
    const {correction, ...rest} = parsed.data;
    const trace = rest.trace.replace(/^chatcmpl-/, '');
    if (!/^[0-9a-f]{32}$/.test(trace))
      throw new GatewayError(400, 'invalid_request', 'trace: expected the id of an answer, 32 hex digits', {
        param: 'trace',
      });
    if (rest.rating === undefined && correction === undefined && rest.implicit === undefined)
      throw new GatewayError(400, 'invalid_request', 'expected a rating, a correction or an implicit signal');
    const feedback: Feedback = {
      ...rest,
      ...(correction === undefined ? {} : {correction: parts.scrub(correction)}),
      v: 1,
      id: randomUUID(),
      trace,
      at: new Date().toISOString(),
      project: gateway.project,
    };
    // Feedback is worth little without what it is about: a trace that only memory holds goes into the journal with it.
    const pending = parts.traces.get(trace);
    try {
      await parts.journal.add({feedback, trace: pending === undefined ? null : withLanguage(pending)});
    } catch (cause) {
      throw unavailable('feedback_not_kept', 'the feedback could not be kept: try again', cause);
    }
    if (pending !== undefined) parts.traces.delete(trace);
    for (const kind of ['rating', 'correction', 'implicit'] as const)
      if (feedback[kind] !== undefined) metrics.feedback.inc({kind});
    return reply.code(202).send({id: feedback.id, trace});
  });

  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );

  app.get('/healthz', () => {
    const {deployment} = watch.served ?? {deployment: null};
    const {lastRead, error, refused} = watch.state;
    const stale = lastRead === null || Date.now() - lastRead > STALE_MS;
    const fine = error === null && refused === null && !stale && engines.state.some(({up}) => up);
    return {
      status: deployment === null ? 'no deployment' : fine ? 'ok' : 'degraded',
      project: gateway.project,
      deployment,
      store: {
        up: error === null,
        lastRead: lastRead === null ? null : new Date(lastRead).toISOString(),
        error,
      },
      refused,
      engines: engines.state,
      pending: {traces: parts.traces.size, feedback: parts.journal.waiting},
    };
  });
  return app;
}

function head(exchange: Exchange, object: string) {
  const {served, role, request, id, at} = exchange;
  const answering = role === 'canary' ? served.canary! : served.stable;
  return {
    id: `chatcmpl-${id}`,
    object,
    created: Math.floor(at / 1000),
    model: request.model,
    system_fingerprint: `fp_${short(answering.release.digest)}`,
  };
}

function completion(exchange: Exchange, {content, finish, usage}: Reply) {
  return {
    ...head(exchange, 'chat.completion'),
    choices: [
      {
        index: 0,
        message: {role: 'assistant', content, refusal: null},
        logprobs: null,
        finish_reason: finish,
      },
    ],
    usage,
  };
}

/** Until the first chunk an error keeps its status code; after it, it is the last event before `[DONE]`. */
async function streamReply(
  gateway: Gateway,
  exchange: Exchange,
  reply: FastifyReply,
  signal: AbortSignal,
): Promise<FastifyReply> {
  const chunk = head(exchange, 'chat.completion.chunk');
  const usageWanted = (exchange.request satisfies ChatRequest).stream_options?.include_usage === true;
  const {raw} = reply;
  let open = false;
  const send = (data: object) => {
    if (!open) {
      open = true;
      reply.hijack();
      raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache',
        'x-ratchet-trace': exchange.id,
      });
    }
    raw.write(`data: ${JSON.stringify(data)}\n\n`);
  };
  const delta = (content: object, finish: string | null = null) =>
    send({
      ...chunk,
      choices: [{index: 0, delta: content, logprobs: null, finish_reason: finish}],
      ...(usageWanted ? {usage: null} : {}),
    });
  let first = true;
  const text = (content: string) => {
    delta(first ? {role: 'assistant', content} : {content});
    first = false;
  };
  try {
    const answer = await gateway.answer(exchange, {signal, onText: text});
    if (first) text('');
    delta({}, answer.finish);
    if (usageWanted) send({...chunk, choices: [], usage: answer.usage});
  } catch (error) {
    if (!open) throw error;
    send(asFailure(error).body());
  }
  raw.end('data: [DONE]\n\n');
  return reply;
}

function hangUp(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.on('close', () => {
    if (!reply.raw.writableFinished) controller.abort(new Error('the client hung up'));
  });
  return controller.signal;
}

function asFailure(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  const status = (error as {statusCode?: number}).statusCode;
  if (status === 413)
    return new GatewayError(413, 'request_too_large', `the body is larger than ${BODY_LIMIT} bytes`);
  if (status !== undefined && status < 500)
    return new GatewayError(status, 'invalid_request', (error as Error).message);
  return new GatewayError(500, 'internal_error', 'the gateway failed on this request; its log says why', {
    cause: error,
  });
}
