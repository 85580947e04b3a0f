import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';

export interface Received {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Record<string, unknown>;
}
export type Reply = {status: number; headers?: Record<string, string>; body: unknown} | 'hang up';

/** A server on loopback that answers POSTs by `reply` and keeps what it was asked. */
export async function fakeServer(reply: (received: Received, n: number) => Reply) {
  const received: Received[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const got = {path: request.url!, headers: request.headers, body: JSON.parse(text)};
      received.push(got);
      const answer = reply(got, received.length);
      if (answer === 'hang up') return void request.socket.destroy();
      response.writeHead(answer.status, {'content-type': 'application/json', ...answer.headers});
      response.end(JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** One completion in vLLM's shape. */
export function completion(
  choice: Record<string, unknown>,
  usage = {prompt_tokens: 7, completion_tokens: 1},
) {
  return {
    status: 200,
    body: {
      id: 'cmpl-1',
      object: 'text_completion',
      created: 1,
      model: 'm',
      choices: [{index: 0, finish_reason: 'stop', logprobs: null, ...choice}],
      usage: {...usage, total_tokens: usage.prompt_tokens + usage.completion_tokens},
    },
  };
}

/** Tokens with vLLM's running text_offset: the sum of the code points of the tokens before. */
export function echoed(tokens: readonly string[], values: readonly (number | null)[]) {
  let at = 0;
  const offsets = tokens.map((token) => {
    const here = at;
    at += [...token].length;
    return here;
  });
  return {tokens, token_logprobs: values, text_offset: offsets, top_logprobs: tokens.map(() => null)};
}
