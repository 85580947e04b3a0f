import * as http from 'node:http';
import * as https from 'node:https';
import {createInterface} from 'node:readline';
import {z} from 'zod';
import {RatchetError} from '../../../schemas/errors.ts';
import type {KubernetesConnection} from './credentials.ts';

/** The API server answers within seconds; its own limit is a minute. */
const TIMEOUT_MS = 30_000;

/** Node's and OpenSSL's codes for a certificate that does not hold. */
const UNTRUSTED = /CERT|SIGNATURE/;

/** What the server says of a request that it did not do. */
const Status = z.looseObject({message: z.string().optional(), reason: z.string().optional()});

export interface KubernetesRequest {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** /apis/batch/v1/namespaces/… */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/**
 * The few calls of the Kubernetes API that Ratchet makes, over Node's own HTTPS. Not @kubernetes/client-node: of its 83 MB in
 * 68 packages this would use six requests, and every laptop would have to load them.
 */
export class KubernetesApi {
  readonly #connection: KubernetesConnection;
  readonly #agent: http.Agent;

  constructor(connection: KubernetesConnection) {
    this.#connection = connection;
    this.#agent = connection.server.startsWith('https:')
      ? new https.Agent({keepAlive: true, ...(connection.ca === undefined ? {} : {ca: connection.ca})})
      : new http.Agent({keepAlive: true});
  }

  get namespace(): string {
    return this.#connection.namespace;
  }

  /** The object; null where there is none (404). `conflict`: one of that name is there (409). Other refusals throw, see refusal(). */
  async send(request: KubernetesRequest): Promise<unknown> {
    const answer = await this.#open(request, AbortSignal.timeout(TIMEOUT_MS));
    const text = await whole(answer).catch((cause: Error) => {
      throw this.#away(cause);
    });
    if (answer.statusCode === 404) return null;
    if (answer.statusCode! >= 300) throw refusal(request, answer.statusCode!, text);
    return JSON.parse(text);
  }

  /** Lines as they come, until the server ends the stream or the signal is aborted. Throws as send() does, and on 404. */
  async *lines(request: KubernetesRequest, signal: AbortSignal): AsyncGenerator<string, void, undefined> {
    const answer = await this.#open(request, signal);
    if (answer.statusCode! >= 300) throw refusal(request, answer.statusCode!, await whole(answer));
    try {
      yield* createInterface({input: answer, crlfDelay: Infinity});
    } finally {
      answer.destroy();
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  async #open(
    {method = 'GET', path, query, body}: KubernetesRequest,
    signal: AbortSignal,
  ): Promise<http.IncomingMessage> {
    const url = new URL(this.#connection.server + path);
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    const token = await this.#connection.token();
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      accept: 'application/json',
      // The length, since Node sends none with DELETE.
      ...(text === undefined
        ? {}
        : {'content-type': 'application/json', 'content-length': `${Buffer.byteLength(text)}`}),
      ...(token === null ? {} : {authorization: `Bearer ${token}`}),
    };
    const {request} = url.protocol === 'https:' ? https : http;
    return new Promise<http.IncomingMessage>((resolve, reject) => {
      const sent = request(url, {method, headers, agent: this.#agent, signal}, resolve);
      sent.once('error', (cause) => reject(this.#away(cause)));
      sent.end(text);
    });
  }

  #away(cause: NodeJS.ErrnoException): RatchetError {
    const {server} = this.#connection;
    return new RatchetError(
      'Unavailable',
      UNTRUSTED.test(cause.code ?? '')
        ? `${server} is not the Kubernetes API that the service account's ca.crt is for (${cause.message})`
        : `the Kubernetes API at ${server} does not answer (${cause.message})`,
      {cause},
    );
  }
}

/** A refusal with the server's status; 409 and 410 have a meaning of their own to whoever asked. */
export class KubernetesRefusal extends RatchetError {
  readonly status: number;
  constructor(type: 'InvalidInput' | 'AccessDenied' | 'Unavailable', status: number, message: string) {
    super(type, message);
    this.status = status;
  }
}

function refusal({method = 'GET', path}: KubernetesRequest, status: number, text: string): KubernetesRefusal {
  let said = text.slice(0, 300);
  try {
    said = Status.parse(JSON.parse(text)).message ?? said;
  } catch {
    // A proxy's page.
  }
  const what = `Kubernetes refused ${method} ${path} (${status}): ${said}`;
  if (status === 401)
    return new KubernetesRefusal(
      'AccessDenied',
      status,
      `${what}; the service account's token is expired or of another cluster (behind kubectl proxy: your own credentials)`,
    );
  if (status === 403)
    return new KubernetesRefusal(
      'AccessDenied',
      status,
      `${what}; the chart's Role gives the service account what it needs`,
    );
  const ours = status >= 400 && status < 500 && ![408, 410, 429].includes(status);
  return new KubernetesRefusal(ours ? 'InvalidInput' : 'Unavailable', status, what);
}

async function whole(answer: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
