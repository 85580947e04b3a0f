import {Agent, EnvHttpProxyAgent, type Dispatcher} from 'undici';
import {Incoming} from './incoming.ts';
import {TransportError} from './transport-error.ts';

export interface TransportOptions {
  /** The longest silence in the middle of an answer, in ms. */
  readonly idleMs: number;
  /** The longest answer, in bytes; also of a stream, all of it together. */
  readonly maxAnswerBytes: number;
  /** For HTTPS_PROXY, HTTP_PROXY and NO_PROXY. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * How an SDK is told an attempt's signal: in what it hands on to `fetch` as it is. As its own `signal` it would be joined to another
 * by AbortSignal.any, which takes a sixth of a request's processor time.
 */
export function endedBy(attempt: AbortSignal): {readonly fetchOptions: object} {
  return {fetchOptions: {attempt} satisfies AttemptInit};
}
interface AttemptInit extends RequestInit {
  readonly attempt?: AbortSignal | null;
}

/** Connecting takes no longer, in ms. */
const CONNECT_MS = 10_000;

/**
 * The `fetch` that the vendors' SDKs are given: undici's dispatch() with kept connections, as the gateway asks its engines. It
 * bounds an answer's bytes and the silence within it, which fetch() doesn't, and takes a fraction of its time: no web streams,
 * no copies. It follows no redirect: a key goes nowhere but to the address that was set. What it gives has of a Response what the
 * SDKs read (incoming.ts).
 */
export class Transport {
  readonly fetch: typeof globalThis.fetch;
  readonly #dispatcher: Dispatcher;
  readonly #bounds: {readonly idleMs: number; readonly maxBytes: number};

  constructor({idleMs, maxAnswerBytes, environment}: TransportOptions) {
    const options = {
      connections: null,
      // Who asks sets a time-out for the whole of it.
      headersTimeout: 0,
      // The answer's own (incoming.ts).
      bodyTimeout: 0,
      connect: {timeout: CONNECT_MS},
      allowH2: false,
    };
    this.#dispatcher = usesProxy(environment)
      ? new EnvHttpProxyAgent({...options, ...proxiesOf(environment)})
      : new Agent(options);
    this.#bounds = {idleMs, maxBytes: maxAnswerBytes};
    this.fetch = (url, init) => this.#send(url as string, init!);
  }

  async #send(address: string, {method, headers, body, attempt}: AttemptInit): Promise<Response> {
    const {origin, pathname, search} = new URL(address);
    const request: Dispatcher.DispatchOptions = {
      origin,
      path: pathname + search,
      method: method ?? 'GET',
      headers: headers as Headers,
      body: body as string,
    };
    for (let again = false; ; again = true) {
      const incoming = new Incoming({...this.#bounds, signal: attempt});
      this.#dispatcher.dispatch(request, incoming);
      try {
        return await incoming.response;
      } catch (error) {
        // Most often a kept connection that the vendor had just closed; of the request nothing was answered.
        if (again || !brokenOff(error)) throw error;
      }
    }
  }

  /** Ends what is being asked. */
  close(): Promise<void> {
    return this.#dispatcher.destroy();
  }
}

function usesProxy({HTTPS_PROXY, https_proxy, HTTP_PROXY, http_proxy}: TransportOptions['environment']) {
  return [HTTPS_PROXY, https_proxy, HTTP_PROXY, http_proxy].some((one) => one !== undefined && one !== '');
}

/** Undici reads the process's environment where it is not told. */
function proxiesOf({
  HTTPS_PROXY,
  https_proxy = HTTPS_PROXY,
  HTTP_PROXY,
  http_proxy = HTTP_PROXY,
  NO_PROXY,
  no_proxy = NO_PROXY,
}: TransportOptions['environment']) {
  return {httpsProxy: https_proxy ?? '', httpProxy: http_proxy ?? '', noProxy: no_proxy ?? ''};
}

function brokenOff(error: unknown): boolean {
  const cause = error instanceof TransportError ? (error.cause as NodeJS.ErrnoException) : null;
  return ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(cause?.code ?? '');
}
