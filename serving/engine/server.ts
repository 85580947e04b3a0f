import {randomBytes} from 'node:crypto';
import Fastify, {type FastifyInstance, type FastifyReply, type FastifyRequest} from 'fastify';
import type {z} from 'zod';
import {isLocalCaller} from '../../core/access/loopback.ts';
import {bearerCheck} from '../../core/access/bearer.ts';
import {chatChoice, chatWanted, completionChoice, completionWanted, usageOf} from './answers.ts';
import type {Completion} from './complete.ts';
import type {Engine} from './engine.ts';
import {EngineFailure, badRequest} from './failure.ts';
import {observed, type EngineObserver} from './observe-answer.ts';
import {
  ChatRequest,
  CompletionRequest,
  LoadAdapterRequest,
  TokenizeRequest,
  UnloadAdapterRequest,
} from './requests.ts';
import {explainError, firstOf} from '../../schemas/explain-issue.ts';

/** Prompts are text: 16 MiB is far beyond any context. */
const BODY_LIMIT = 16 * 1024 * 1024;

function parse<T extends z.ZodType>(schema: T, body: unknown): z.infer<T> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const first = firstOf(parsed.error);
  throw badRequest(explainError(first, schema, 'body'), first.issues[0]!.path.join('.'));
}

/** Aborts when the client hangs up before the answer is out. */
function hangUp(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.on('close', () => {
    if (!reply.raw.writableFinished) controller.abort(new Error('the client hung up'));
  });
  return controller.signal;
}

function caller({headers}: FastifyRequest): {traceparent: string | undefined} {
  return {traceparent: headers['traceparent'] as string | undefined};
}

/** Server-sent events as OpenAI and vLLM write them: `data: {…}` chunks, then `data: [DONE]`. */
async function stream(
  reply: FastifyReply,
  run: (send: (chunk: object) => void) => Promise<void>,
): Promise<FastifyReply> {
  const send = (chunk: object) => {
    if (!reply.raw.headersSent)
      reply.raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache',
      });
    reply.raw.write(`data: ${JSON.stringify(chunk)}\n\n`);
  };
  try {
    await run(send);
  } catch (error) {
    // Before the first chunk an error still has its status code; after it, it is a chunk.
    if (!reply.raw.headersSent) throw error;
    send(
      error instanceof EngineFailure
        ? error.body()
        : new EngineFailure(500, 'InternalServerError', String(error)).body(),
    );
  }
  reply.hijack();
  reply.raw.end('data: [DONE]\n\n');
  return reply;
}

/** vLLM's HTTP interface over an engine, and /metrics. With a `key` everything but /health and /metrics needs it, unlike vLLM's, which guards /v1 alone. */
export function engineServer(
  engine: Engine,
  {key, ...observer}: EngineObserver & {readonly key?: string | undefined},
): FastifyInstance {
  const app = Fastify({bodyLimit: BODY_LIMIT, logger: false, forceCloseConnections: true});
  guard(app, key);
  answerFailures(app);
  app.get('/health', () => engine.state);
  const {registry} = observer.metrics;
  app.get('/metrics', async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
  modelsRoute(app, engine);
  completionsRoute(app, engine, observer);
  chatRoute(app, engine, observer);
  adapterRoutes(app, engine);
  app.post('/tokenize', async (request) => {
    const {prompt} = parse(TokenizeRequest, request.body);
    const {tokens} = (await engine.model()).plain(prompt);
    return {count: tokens.length, max_model_len: engine.context, tokens};
  });
  return app;
}

function guard(app: FastifyInstance, key: string | undefined): void {
  if (key === undefined)
    app.addHook('onRequest', (request, _reply, done) => {
      if (isLocalCaller(request.headers)) return done();
      done(
        new EngineFailure(
          403,
          'Forbidden',
          'without a key only this machine may ask: set RATCHET_ENGINE_KEY',
        ),
      );
    });
  else {
    const allowed = bearerCheck(key);
    app.addHook('onRequest', (request, _reply, done) => {
      if (['/health', '/metrics'].includes(request.url) || allowed(request.headers.authorization))
        return done();
      done(new EngineFailure(401, 'Unauthorized', 'this engine needs its key: set RATCHET_ENGINE_KEY'));
    });
  }
}

function answerFailures(app: FastifyInstance): void {
  app.setErrorHandler((error, _request, reply) => {
    const failure = asFailure(error as Error);
    if (failure.retryAfter !== null) reply.header('retry-after', failure.retryAfter);
    return reply.code(failure.status).send(failure.body());
  });
  app.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .send(new EngineFailure(404, 'NotFoundError', `no ${request.method} ${request.url} here`).body()),
  );
}

function asFailure(error: Error & {readonly statusCode?: number}): EngineFailure {
  if (error instanceof EngineFailure) return error;
  const {statusCode, message} = error;
  return statusCode === undefined
    ? new EngineFailure(500, 'InternalServerError', message)
    : new EngineFailure(statusCode, 'BadRequestError', message);
}

function modelsRoute(app: FastifyInstance, engine: Engine): void {
  const {baseName} = engine.options;
  app.get('/v1/models', () => ({
    object: 'list',
    data: [
      {id: baseName, root: engine.options.model, parent: null, max_model_len: engine.context},
      ...engine.adapters.all.map(({name, path}) => ({
        id: name,
        root: path,
        parent: baseName,
        max_model_len: null,
      })),
    ].map((card) => ({...card, object: 'model', created: engine.started, owned_by: 'ratchet'})),
  }));
}

function completionsRoute(app: FastifyInstance, engine: Engine, observer: EngineObserver): void {
  app.post('/v1/completions', async (request, reply) => {
    const body = parse(CompletionRequest, request.body);
    const model = engine.resolve(body.model);
    const list =
      typeof body.prompt === 'string' || typeof body.prompt[0] === 'number' ? [body.prompt] : body.prompt;
    // Before the model is read: a client may hang up meanwhile.
    const signal = hangUp(reply);
    const loaded = await engine.model();
    const prompts = (list as (string | number[])[]).map((prompt) => loaded.plain(prompt));
    const wanted = completionWanted(body);
    const head = {
      id: `cmpl-${randomBytes(16).toString('hex')}`,
      object: 'text_completion',
      created: Math.floor(Date.now() / 1000),
      model,
    };
    const answer = (onText?: (index: number, piece: string) => void) =>
      observed(observer, {operation: 'text_completion', model, wanted, ...caller(request)}, (phases) =>
        engine.complete(model, {prompts, wanted}, signal, onText, phases),
      );
    if (!body.stream) {
      const completions = await answer();
      return {...head, choices: completions.map(completionChoice), usage: usageOf(completions)};
    }
    if (wanted.echo) throw badRequest('echo with stream is not supported', 'echo');
    return stream(reply, async (send) => {
      const completions = await answer((index, text) =>
        send({...head, choices: [{index, text, logprobs: null, finish_reason: null, stop_reason: null}]}),
      );
      for (const [index, completion] of completions.entries())
        send({...head, choices: [{...completionChoice(completion, index), text: ''}]});
      if (body.stream_options?.include_usage === true)
        send({...head, choices: [], usage: usageOf(completions)});
    });
  });
}

function chatRoute(app: FastifyInstance, engine: Engine, observer: EngineObserver): void {
  app.post('/v1/chat/completions', async (request, reply) => {
    const body = parse(ChatRequest, request.body);
    const model = engine.resolve(body.model);
    const signal = hangUp(reply);
    const prompt = (await engine.model()).chat(body.messages);
    const wanted = chatWanted(body, Math.max(1, engine.context - prompt.tokens.length));
    const head = (object: string) => ({
      id: `chatcmpl-${randomBytes(16).toString('hex')}`,
      object,
      created: Math.floor(Date.now() / 1000),
      model,
    });
    const answer = async (onText?: (piece: string) => void): Promise<Completion> =>
      (
        await observed(observer, {operation: 'chat', model, wanted, ...caller(request)}, (phases) =>
          engine.complete(model, {prompts: [prompt], wanted}, signal, (_, piece) => onText?.(piece), phases),
        )
      )[0]!;
    if (!body.stream) {
      const completion = await answer();
      return {...head('chat.completion'), choices: [chatChoice(completion)], usage: usageOf([completion])};
    }
    return stream(reply, async (send) => {
      const chunk = head('chat.completion.chunk');
      let first = true;
      const delta = (content: object, more: object = {finish_reason: null}) =>
        send({...chunk, choices: [{index: 0, delta: content, logprobs: null, ...more}]});
      const completion = await answer((content) => {
        delta(first ? {role: 'assistant', content} : {content});
        first = false;
      });
      const {logprobs, finish_reason, stop_reason} = chatChoice(completion);
      delta(first ? {role: 'assistant', content: ''} : {}, {logprobs, finish_reason, stop_reason});
      if (body.stream_options?.include_usage === true)
        send({...chunk, choices: [], usage: usageOf([completion])});
    });
  });
}

function adapterRoutes(app: FastifyInstance, engine: Engine): void {
  app.post('/v1/load_lora_adapter', async (request, reply) => {
    const {lora_name, lora_path} = parse(LoadAdapterRequest, request.body);
    return reply.type('text/plain').send(await engine.loadAdapter(lora_name, lora_path));
  });
  app.post('/v1/unload_lora_adapter', async (request, reply) => {
    const {lora_name} = parse(UnloadAdapterRequest, request.body);
    return reply.type('text/plain').send(await engine.unloadAdapter(lora_name));
  });
}
