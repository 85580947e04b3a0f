import {createServer, type IncomingMessage, type RequestListener, type Server} from 'node:http';
import {createServer as createTlsServer} from 'node:https';
import type {AddressInfo} from 'node:net';

/** What a receiver was sent, in order. */
export interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}
export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  close(): Promise<void>;
}

/** A real HTTP server that answers with these codes in turn, the last one for ever; 0: never answers. */
export async function receiver(
  codes: readonly number[],
  tls?: {readonly key: string; readonly cert: string},
): Promise<Receiver> {
  const received: Received[] = [];
  const answer: RequestListener = (request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const code = codes[Math.min(received.length, codes.length - 1)]!;
      received.push({headers: request.headers, body});
      if (code !== 0) response.writeHead(code, {location: 'http://127.0.0.1:1/'}).end('ok');
    });
  };
  const server: Server = tls ? createTlsServer(tls, answer) : createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}/hook/secret-path`,
    received,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
