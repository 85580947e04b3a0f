import Fastify, {type FastifyInstance, type FastifyRequest} from 'fastify';
import type {JsonBounds} from '../../core/access/json-bounds.ts';
import type {FeedbackTaken, Liveness, Model, ModelList, Readiness} from '../../schemas/gateway-answers.ts';
import type {Access} from './access.ts';
import {completion, hangUp, streamReply} from './chat-reply.ts';
import {noSuchModel, parseChatRequest} from './chat-request.ts';
import type {DeploymentWatch} from './deployment-watch.ts';
import {Door} from './door.ts';
import type {FeedbackDesk} from './feedback-desk.ts';
import type {Gateway} from './gateway.ts';
import {GatewayError, asGatewayError} from './gateway-error.ts';
import {answerUnreadable, discardRest, guardedServer, type ClientLimits} from './guarded-server.ts';
import type {HeldBytes} from './held-bytes.ts';
import {ready, status, type HealthParts} from './health.ts';
import type {Metrics} from './metrics.ts';
import {quietConnections} from './quiet-connections.ts';
import {readJson} from './read-body.ts';
import {ROUTES} from './routes.ts';
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

/** The gateway's HTTP interface for clients: OpenAI's chat completions, and what belongs to them. */
export function gatewayServer(parts: ServerParts): FastifyInstance {
  const {access, metrics, limits, held} = parts;
  const door = new Door({access, metrics, held, requestBytes: limits.requestBytes});
  const app = Fastify({
    bodyLimit: limits.requestBytes,
    logger: false,
    forceCloseConnections: false,
    clientErrorHandler: answerUnreadable,
    serverFactory: (handle) =>
      guardedServer(handle, {limits, refuse: (request, response) => door.refuse(request, response)}),
  });
  door.guard(app);
  const quiet = quietConnections(app.server);
  app.addHook('preClose', async () => quiet.end());
  readBodies(app, door, parts);
  answerFailures(app, parts);
  chatRoute(app, door, parts);
  modelRoutes(app, parts);
  feedbackRoute(app, door, parts);
  healthRoutes(app, parts);
  return app;
}

function readBodies(app: FastifyInstance, door: Door, {json}: ServerParts): void {
  const parse = jsonParser(app);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', async (request: FastifyRequest) =>
    readJson(await door.bodyOf(request), json, parse),
  );
  // A page of anybody's may send it without asking first: it never becomes a request.
  app.addContentTypeParser('text/plain', async (request: FastifyRequest) =>
    (await door.bodyOf(request)).toString(),
  );
}

function answerFailures(app: FastifyInstance, {metrics, limits, failed}: ServerParts): void {
  app.setErrorHandler((error, request, reply) => {
    const failure = asFailure(error);
    // What has a trace is counted with it.
    if (!reply.hasHeader('x-ratchet-trace')) metrics.blocked.inc({code: failure.code});
    if (failure.status >= 500)
      failed(
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
}

function chatRoute(app: FastifyInstance, door: Door, {gateway, slots}: ServerParts): void {
  app.post(ROUTES.chat.url, ROUTES.chat, async (request, reply) => {
    const body = parseChatRequest(request.body);
    const signal = hangUp(reply);
    const done = await slots.take(signal).catch((cause: unknown) => {
      throw new GatewayError(499, 'client_closed', 'the client hung up', {cause});
    });
    try {
      // Behind the wait: the release is that of the moment in which the work begins.
      const exchange = gateway.open(body, {
        key: door.keyOf(request),
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
}

function modelRoutes(app: FastifyInstance, {gateway, watch}: ServerParts): void {
  const models = (): Model[] =>
    gateway.tasks.map((task) => ({
      id: `${gateway.project}/${task}`,
      object: 'model',
      created: Math.floor(Date.parse(watch.served?.deployment.at ?? '') / 1000) || 0,
      owned_by: 'ratchet',
    }));
  app.get(ROUTES.models.url, ROUTES.models, (): ModelList => ({object: 'list', data: models()}));
  app.get<{Params: {'*': string}}>(ROUTES.model.url, ROUTES.model, ({params}) => {
    const model = models().find(({id}) => id === params['*']);
    if (model === undefined) throw noSuchModel(params['*'], gateway.project);
    return model;
  });
}

function feedbackRoute(app: FastifyInstance, door: Door, {desk, metrics}: ServerParts): void {
  app.post(ROUTES.feedback.url, ROUTES.feedback, async (request, reply) => {
    const feedback = await desk.take(request.body, door.keyOf(request));
    for (const kind of ['rating', 'correction', 'implicit'] as const)
      if (feedback[kind] !== undefined) metrics.feedback.inc({kind});
    return reply.code(202).send({id: feedback.id, trace: feedback.trace} satisfies FeedbackTaken);
  });
}

function healthRoutes(app: FastifyInstance, {health}: ServerParts): void {
  app.get(ROUTES.health.url, async (): Promise<Liveness> => ({status: await status(health)}));
  app.get(ROUTES.ready.url, async (_request, reply) => {
    if (await ready(health)) return {ready: true} satisfies Readiness;
    return reply
      .code(503)
      .header('retry-after', '1')
      .send({ready: false} satisfies Readiness);
  });
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
