import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';

export interface CompletionCall {
  readonly model?: string;
  readonly prompt: string;
  readonly max_tokens: number;
  readonly temperature: number;
  readonly stop?: string[];
  readonly structured_outputs?: {readonly choice: string[]};
  readonly stream?: boolean;
  readonly echo?: boolean;
}

export interface FakeEngine {
  readonly url: string;
  /** Completions that were asked for, probes left out. */
  readonly calls: CompletionCall[];
  readonly adapters: Set<string>;
  /** What the next answers are: by default the first choice, or `an answer`. */
  answer: (call: CompletionCall) => string | Promise<string>;
  /** Pieces of a streamed answer; `null` breaks the connection off. */
  pieces: (string | null)[];
  /** How it writes a server-sent event. */
  event: (data: string) => string;
  /** Status for completions; 200 by default. */
  status: number;
  /** Its adapters load, and the base answers for them. */
  serveBase: boolean;
  /** Ends it as kill -9 would; `listen` starts it again on the same port, without its adapters. */
  kill(): Promise<void>;
  listen(): Promise<void>;
}

/** Speaks the engine's interface and answers what the test says: for what the gateway does when engines fail. */
export async function fakeEngine(): Promise<FakeEngine> {
  let port = 0;
  let server = createServer();
  const engine: FakeEngine = {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    calls: [],
    adapters: new Set(),
    answer: (call) => call.structured_outputs?.choice[0] ?? ' an answer',
    pieces: [' an', ' answer'],
    event: (data) => `data: ${data}\n\n`,
    status: 200,
    serveBase: false,
    kill: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
    async listen() {
      engine.adapters.clear();
      server = createServer((request, response) => void handle(engine, request, response));
      await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
      port = (server.address() as {port: number}).port;
    },
  };
  await engine.listen();
  return engine;
}

async function handle(engine: FakeEngine, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = (chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : {}) as CompletionCall & {
    lora_name: string;
  };
  const send = (status: number, answer: object | string) => {
    response.statusCode = status;
    response.setHeader('content-type', typeof answer === 'string' ? 'text/plain' : 'application/json');
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  };
  switch (request.url) {
    case '/v1/models':
      return send(200, {
        data: [{id: 'base', parent: null}, ...[...engine.adapters].map((id) => ({id, parent: 'base'}))],
      });
    case '/v1/load_lora_adapter':
      engine.adapters.add(body.lora_name);
      return send(200, 'Success');
    case '/v1/unload_lora_adapter':
      engine.adapters.delete(body.lora_name);
      return send(200, 'Success');
    case '/v1/completions':
      break;
    default:
      return send(404, {error: {message: 'Not Found'}});
  }
  if (body.model !== undefined && body.model !== 'base' && !engine.adapters.has(body.model))
    return send(404, {error: {message: `The model \`${body.model}\` does not exist.`}});
  if (body.echo === true) {
    const shift = engine.adapters.has(body.model ?? '') && !engine.serveBase ? 1 : 0;
    return send(200, {choices: [{text: body.prompt, logprobs: {token_logprobs: [null, -1 - shift, -2]}}]});
  }
  engine.calls.push(body);
  if (engine.status !== 200) return send(engine.status, {error: {message: `status ${engine.status}`}});
  const usage = {prompt_tokens: 11, completion_tokens: 3, total_tokens: 14};
  if (body.stream !== true) {
    const text = await engine.answer(body);
    return send(200, {choices: [{text, finish_reason: 'stop'}], usage});
  }
  response.writeHead(200, {'content-type': 'text/event-stream'});
  const write = (data: object) => response.write(engine.event(JSON.stringify(data)));
  for (const text of engine.pieces) {
    if (text === null) return void response.destroy();
    write({choices: [{text, finish_reason: null}]});
    await new Promise((resolve) => setImmediate(resolve));
  }
  write({choices: [{text: '', finish_reason: 'stop'}]});
  write({choices: [], usage});
  response.end(engine.event('[DONE]'));
}
