import {Agent, createServer, request, type Server} from 'node:http';
import {connect, type AddressInfo} from 'node:net';
import {once} from 'node:events';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {quietConnections} from '../../../serving/gateway/quiet-connections.ts';

let server: Server;
let quiet: ReturnType<typeof quietConnections>;
let answer: () => void;
/** Requests in work. */
let asked: Promise<unknown>;

beforeEach(async () => {
  server = createServer((_, response) => {
    answer = () => response.end('done');
  });
  asked = once(server, 'request');
  quiet = quietConnections(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => server.closeAllConnections());

const port = () => (server.address() as AddressInfo).port;
/** As a gateway ends. */
function close(): Promise<unknown> {
  const closed = new Promise((resolve) => server.close(resolve));
  quiet.end();
  return closed;
}

test('a connection that never sent a request does not hold up the end; node:http alone would wait for it', async () => {
  const connected = once(server, 'connection');
  const early = connect(port(), '127.0.0.1').on('error', () => undefined);
  const gone = once(early, 'close');
  await connected;
  server.closeIdleConnections();
  expect(early.destroyed).toBe(false);
  await close();
  await gone;
});

test('a request in work is answered, and its kept connection ends then', async () => {
  const agent = new Agent({keepAlive: true});
  const sent = request({port: port(), agent, host: '127.0.0.1'}).end();
  const response = once(sent, 'response') as Promise<[NodeJS.ReadableStream]>;
  await asked;
  const closed = close();
  answer();
  const [stream] = await response;
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  expect(text).toBe('done');
  await closed;
  agent.destroy();
});
