import {createServer, type IncomingMessage, type RequestListener, type Server} from 'node:http';
import type {ServerResponse} from 'node:http';
import type {Socket} from 'node:net';
import {GatewayError} from './gateway-error.ts';

/** What one client may take of the gateway, whoever it is. Milliseconds. */
export interface ClientLimits {
  readonly requestBytes: number;
  /** For a request's head… */
  readonly headersMs: number;
  /** …and for all of it, the body included: who sends it drop by drop is cut off. */
  readonly requestMs: number;
  /** Open connections; one more is closed at once. */
  readonly connections: number;
}

export interface GuardOptions {
  readonly limits: ClientLimits;
  /** From the head alone: what is refused, null to go on. */
  readonly refuse: (request: IncomingMessage, response: ServerResponse) => GatewayError | null;
}

const KEEP_ALIVE_MS = 72_000;
/** So much is read of what somebody without a key goes on to send. */
const STRANGER_BYTES = 65_536;
/** For whoever sends too much to take the answer, before the connection is cut. */
const LINGER_MS = 1000;

/**
 * An HTTP server that turns requests away before anything is made of them: no route is looked for, no body is read, and no
 * `100 Continue` asks for it.
 */
export function guardedServer(handle: RequestListener, {limits, refuse}: GuardOptions): Server {
  const server = createServer({
    headersTimeout: limits.headersMs,
    requestTimeout: Math.max(limits.requestMs, limits.headersMs),
    connectionsCheckingInterval: Math.max(20, Math.min(1000, limits.headersMs / 4)),
    keepAliveTimeout: KEEP_ALIVE_MS,
  });
  server.maxConnections = limits.connections;
  server.on('request', (request, response) => {
    const refusal = refuse(request, response);
    if (refusal === null) handle(request, response);
    else turnAway(request, response, refusal, limits);
  });
  server.on('checkContinue', (request, response) => {
    const refusal = refuse(request, response);
    if (refusal !== null) return turnAway(request, response, refusal, limits);
    response.writeContinue();
    handle(request, response);
  });
  return server;
}

interface Answer {
  readonly headers: Record<string, string | number>;
  readonly body: string;
}
/** Refusals that are made once are written once. */
const answers = new WeakMap<GatewayError, Answer>();

function turnAway(
  request: IncomingMessage,
  response: ServerResponse,
  refusal: GatewayError,
  {requestBytes}: ClientLimits,
): void {
  let answer = answers.get(refusal);
  if (answer === undefined) answers.set(refusal, (answer = written(refusal)));
  const isKnown = refusal.status !== 401 && refusal.status !== 503;
  discardRest(request, isKnown ? requestBytes : Math.min(STRANGER_BYTES, requestBytes));
  response.writeHead(refusal.status, answer.headers);
  response.end(answer.body);
}

function written(refusal: GatewayError): Answer {
  const body = JSON.stringify(refusal.body());
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    ...refusal.headers(),
  };
  return {headers, body};
}

/**
 * Reads on past an answer that did not wait for the body, so that a client in the middle of it gets the answer and can use
 * its connection again. One that sends more than it may is read no further, and cut off.
 */
export function discardRest(request: IncomingMessage, mostBytes: number): void {
  const declared = Number(request.headers['content-length'] ?? 0);
  // node:http itself reads on to the end of what was declared.
  if (request.headers['transfer-encoding'] === undefined && declared <= mostBytes) return;
  let bytes = 0;
  request.on('error', () => undefined);
  const count = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= mostBytes) return;
    request.off('data', count);
    request.pause();
    setTimeout(() => request.socket.destroy(), LINGER_MS).unref();
  };
  request.on('data', count);
}

/** What cannot be read as HTTP, or came too slowly, answered in the gateway's shape. */
export function answerUnreadable(error: Error & {readonly code?: string}, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [line, failure] =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? ['408 Request Timeout', new GatewayError(408, 'request_timeout', 'the request took too long to come')]
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? [
            '431 Request Header Fields Too Large',
            new GatewayError(431, 'headers_too_large', 'the headers are larger than 16 KiB'),
          ]
        : ['400 Bad Request', new GatewayError(400, 'invalid_request', 'this is no HTTP request')];
  const body = JSON.stringify(failure.body());
  socket.end(
    `HTTP/1.1 ${line}\r\nconnection: close\r\ncontent-type: application/json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
