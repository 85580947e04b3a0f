import {once} from 'node:events';
import {createServer, type IncomingHttpHeaders, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}
/** Answers one request. */
export type Play = (response: ServerResponse, received: Received) => void | Promise<void>;

export interface VendorServer extends AsyncDisposable {
  readonly url: string;
  /** Every request, the oldest first. */
  readonly received: Received[];
}

/** A vendor that answers as scripted: the n-th request by the n-th play, what comes after the last by the last. */
export async function vendorServer(...plays: readonly Play[]): Promise<VendorServer> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const text = Buffer.concat(pieces).toString();
      const body = JSON.parse(text === '' ? '{}' : text) as Received['body'];
      const one = {path: request.url!, headers: request.headers, body};
      const play = plays[Math.min(received.push(one), plays.length) - 1]!;
      void play(response, one);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export const json =
  (body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Play =>
  (response) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, {'content-type': 'application/json', ...headers}).end(text);
  };

/** Server-sent events, each an object or a text; `end` is what becomes of the connection behind them. */
export const events =
  (all: readonly unknown[], end: 'end' | 'cut' | 'hang' = 'end'): Play =>
  (response) => {
    response.writeHead(200, {'content-type': 'text/event-stream'});
    const data = all.map((event) => eventOf(event)).join('');
    response.write(data, () => {
      if (end === 'end') response.end();
      else if (end === 'cut') response.destroy();
    });
  };

/** Anthropic's events are named after their type. */
function eventOf(event: unknown): string {
  if (typeof event === 'string') return `data: ${event}\n\n`;
  const {type} = event as {type?: string};
  return `${type === undefined ? '' : `event: ${type}\n`}data: ${JSON.stringify(event)}\n\n`;
}

/** Accepts, and never answers. */
export const silence: Play = () => undefined;
