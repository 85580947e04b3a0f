import type {IncomingMessage, ServerResponse} from 'node:http';
import Fastify, {type FastifyInstance, type FastifyRequest} from 'fastify';
import type {JsonBounds} from '../../core/access/json-bounds.ts';
import type {Scope} from '../../schemas/gateway-key.ts';
import {mayUse, type Access, type Admission} from './access.ts';
import {completion, hangUp, streamReply} from './chat-reply.ts';
import {noSuchModel, parseChatRequest} from './chat-request.ts';
import type {DeploymentWatch} from './deployment-watch.ts';
import type {FeedbackDesk} from './feedback-desk.ts';
import type {Gateway} from './gateway.ts';
import {GatewayError, asGatewayError} from './gateway-error.ts';
import {answerUnreadable, discardRest, guardedServer, type ClientLimits} from './guarded-server.ts';
import type {HeldBytes} from './held-bytes.ts';
import {ready, status, type HealthParts} from './health.ts';
import type {Metrics} from './metrics.ts';
import {quietConnections} from './quiet-connections.ts';
import {readBody, readJson} from './read-body.ts';
import type {Slots} from './slots.ts';

export interface ServerParts {
  readonly gateway: Gateway;
  readonly watch: DeploymentWatch;
  readonly access: Access;
  readonly limits: ClientLimits;
  readonly json: JsonBounds;
  /** What the bodies of requests under way hold. */
  readonly held: HeldBytes;
  /** Completions that engines work on at once. */
  readonly slots: Slots;
  readonly health: HealthParts;
  readonly desk: FeedbackDesk;
  readonly metrics: Metrics;
  /** `trace`: the id of the answer that it should have become, if it had one. */
  readonly failed: (error: Error, trace: string | undefined) => void;
}

/** What anybody may ask, key or none: that the process lives, and that it can answer. They say nothing else. */
const OPEN: readonly (string | undefined)[] = ['/healthz', '/readyz'];
const isOpen = ({method, url}: IncomingMessage): boolean =>
  OPEN.includes(url) && (method === 'GET' || method === 'HEAD');

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A key with one of these opens the route. Without them nobody gets in. */
    readonly scopes?: readonly Scope[];
  }
}
const CHAT = {config: {scopes: ['chat'] satisfies Scope[]}};
const MODELS = {config: {scopes: ['chat', 'read'] satisfies Scope[]}};
const FEEDBACK = {config: {scopes: ['feedback'] satisfies Scope[]}};

/** The gateway's HTTP interface for clients: OpenAI's chat completions, and what belongs to them. */
export function gatewayServer(parts: ServerParts): FastifyInstance {
  const {gateway, watch, access, limits, slots, health, desk, metrics} = parts;
  const admissions = new WeakMap<IncomingMessage, Admission & {readonly response: ServerResponse}>();
  /** By `METHOD /path`: whose key has none of them is turned away before anything is made of the request. */
  const scopesOf = new Map<string, readonly Scope[]>();
  const app = Fastify({
    bodyLimit: limits.requestBytes,
    logger: false,
    forceCloseConnections: false,
    clientErrorHandler: answerUnreadable,
    serverFactory: (handle) =>
      guardedServer(handle, {
        limits,
        refuse(request, response) {
          if (isOpen(request)) return null;
          const admission = access.admit(request.headers);
          if (admission instanceof GatewayError) {
            metrics.blocked.inc({code: admission.code});
            return admission;
          }
          const scopes = scopesOf.get(`${request.method} ${request.url}`);
          const refusal = scopes === undefined ? null : mayUse(admission.key, scopes);
          if (refusal !== null) {
            access.turnedAway(admission.key!);
            admission.leave();
            metrics.blocked.inc({code: refusal.code});
            return refusal;
          }
          admissions.set(request, {...admission, response});
          response.once('close', admission.leave);
          return null;
        },
      }),
  });
  app.addHook('onRoute', ({method, url, config}) => {
    if (config?.scopes !== undefined)
      for (const one of [method].flat()) scopesOf.set(`${one} ${url}`, config.scopes);
  });
  const quiet = quietConnections(app.server);
  app.addHook('preClose', async () => quiet.end());

  const keyOf = (request: FastifyRequest) => admissions.get(request.raw)?.key ?? null;
  app.addHook('onRequest', (request, _reply, done) => {
    const {scopes} = request.routeOptions.config;
    if (isOpen(request.raw) || request.is404) return done();
    const key = keyOf(request);
    const refusal = mayUse(key, scopes ?? []);
    if (refusal !== null) access.turnedAway(key!);
    done(refusal ?? undefined);
  });

  const bodyOf = (request: FastifyRequest): Promise<Buffer> => {
    const {key, response} = admissions.get(request.raw)!;
    const of = {held: parts.held, key: key?.family ?? '', most: limits.requestBytes};
    return readBody(request.raw, response, of);
  };
  const parse = jsonParser(app);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', async (request: FastifyRequest) =>
    readJson(await bodyOf(request), parts.json, parse),
  );
  // A page of anybody's may send it without asking first: it never becomes a request.
  app.addContentTypeParser('text/plain', async (request: FastifyRequest) =>
    (await bodyOf(request)).toString(),
  );

  app.setErrorHandler((error, request, reply) => {
    const failure = asFailure(error);
    // What has a trace is counted with it.
    if (!reply.hasHeader('x-ratchet-trace')) metrics.blocked.inc({code: failure.code});
    if (failure.status >= 500)
      parts.failed(
        (failure.cause as Error | undefined) ?? failure,
        reply.getHeader('x-ratchet-trace') as string | undefined,
      );
    if (!request.raw.complete) discardRest(request.raw, limits.requestBytes);
    return reply.code(failure.status).headers(failure.headers()).send(failure.body());
  });
  app.setNotFoundHandler(({method, url}) => {
    const path = url.split('?')[0]!;
    throw new GatewayError(
      404,
      'not_found',
      `there is no ${method} ${PLAIN_PATH.test(path) ? path : 'at this path'}`,
    );
  });

  app.post('/v1/chat/completions', CHAT, async (request, reply) => {
    const body = parseChatRequest(request.body);
    const signal = hangUp(reply);
    const done = await slots.take(signal).catch((cause: unknown) => {
      throw new GatewayError(499, 'client_closed', 'the client hung up', {cause});
    });
    try {
      // Behind the wait: the release is that of the moment in which the work begins.
      const exchange = gateway.open(body, {
        key: keyOf(request),
        authorization: request.headers.authorization,
        traceparent: request.headers['traceparent'] as string | undefined,
      });
      reply.header('x-ratchet-trace', exchange.id);
      if (body.stream === true) return await streamReply(gateway, exchange, reply, signal);
      return completion(exchange, await gateway.answer(exchange, {signal}));
    } finally {
      done();
    }
  });

  const models = () =>
    gateway.tasks.map((task) => ({
      id: `${gateway.project}/${task}`,
      object: 'model',
      created: Math.floor(Date.parse(watch.served?.deployment.at ?? '') / 1000) || 0,
      owned_by: 'ratchet',
    }));
  app.get('/v1/models', MODELS, () => ({object: 'list', data: models()}));
  // A model's name holds a slash, which clients send as it is or as %2F.
  app.get<{Params: {'*': string}}>('/v1/models/*', MODELS, ({params}) => {
    const model = models().find(({id}) => id === params['*']);
    if (model === undefined) throw noSuchModel(params['*'], gateway.project);
    return model;
  });

  app.post('/feedback', FEEDBACK, async (request, reply) => {
    const feedback = await desk.take(request.body, keyOf(request));
    for (const kind of ['rating', 'correction', 'implicit'] as const)
      if (feedback[kind] !== undefined) metrics.feedback.inc({kind});
    return reply.code(202).send({id: feedback.id, trace: feedback.trace});
  });

  app.get('/healthz', async () => ({status: await status(health)}));
  app.get('/readyz', async (_request, reply) => {
    if (await ready(health)) return {ready: true};
    return reply.code(503).header('retry-after', '1').send({ready: false});
  });
  return app;
}

/** Fastify's own parser, which refuses keys that would become an object's prototype. Throws for what is no JSON. */
function jsonParser(app: FastifyInstance): (text: string) => unknown {
  const parse = app.getDefaultJsonParser('error', 'error');
  return (text) => {
    let value: unknown;
    // It calls back before it returns.
    void parse(undefined as never, text, (error, body) => {
      if (error !== null) throw error;
      value = body;
    });
    return value;
  };
}

/** A path that may be repeated in an answer. */
const PLAIN_PATH = /^[\w./-]{1,100}$/;

/** Fastify's own refusals in OpenAI's shape. */
function asFailure(error: unknown): GatewayError {
  const status = (error as {statusCode?: number}).statusCode;
  if (error instanceof GatewayError || status === undefined || status >= 500) return asGatewayError(error);
  return new GatewayError(status, 'invalid_request', (error as Error).message);
}
