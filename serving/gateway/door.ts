import type {IncomingMessage, ServerResponse} from 'node:http';
import type {FastifyInstance, FastifyRequest} from 'fastify';
import type {GatewayKey, Scope} from '../../schemas/gateway-key.ts';
import {mayUse, type Access, type Admission} from './access.ts';
import {GatewayError} from './gateway-error.ts';
import type {HeldBytes} from './held-bytes.ts';
import type {Metrics} from './metrics.ts';
import {readBody} from './read-body.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A key with one of these opens the route. Without them nobody gets in. */
    readonly scopes?: readonly Scope[];
  }
}

/** What anybody may ask, key or none: that the process lives, and that it can answer. They say nothing else. */
const OPEN: readonly (string | undefined)[] = ['/healthz', '/readyz'];
const isOpen = ({method, url}: IncomingMessage): boolean =>
  OPEN.includes(url) && (method === 'GET' || method === 'HEAD');

interface DoorParts {
  readonly access: Access;
  readonly metrics: Metrics;
  readonly held: HeldBytes;
  /** Of a body, at most. */
  readonly requestBytes: number;
}

/** Lets a request in before anything is made of it, by its key and the scopes of its route. */
export class Door {
  readonly #parts: DoorParts;
  readonly #admissions = new WeakMap<IncomingMessage, Admission & {readonly response: ServerResponse}>();
  /** By `METHOD /path`. */
  readonly #scopesOf = new Map<string, readonly Scope[]>();

  constructor(parts: DoorParts) {
    this.#parts = parts;
  }

  /** Why it is turned away, whose headers are all that was read; null where it is let in. */
  refuse(request: IncomingMessage, response: ServerResponse): GatewayError | null {
    if (isOpen(request)) return null;
    const {access, metrics} = this.#parts;
    const admission = access.admit(request.headers);
    if (admission instanceof GatewayError) {
      metrics.blocked.inc({code: admission.code});
      return admission;
    }
    const scopes = this.#scopesOf.get(`${request.method} ${request.url}`);
    const refusal = scopes === undefined ? null : mayUse(admission.key, scopes);
    if (refusal !== null) {
      access.turnedAway(admission.key!);
      admission.leave();
      metrics.blocked.inc({code: refusal.code});
      return refusal;
    }
    this.#admissions.set(request, {...admission, response});
    response.once('close', admission.leave);
    return null;
  }

  /** Learns the routes' scopes, and holds every request to them, also those whose path is written in another way. */
  guard(app: FastifyInstance): void {
    app.addHook('onRoute', ({method, url, config}) => {
      if (config?.scopes !== undefined)
        for (const one of [method].flat()) this.#scopesOf.set(`${one} ${url}`, config.scopes);
    });
    app.addHook('onRequest', (request, _reply, done) => {
      if (isOpen(request.raw) || request.is404) return done();
      const key = this.keyOf(request);
      const refusal = mayUse(key, request.routeOptions.config.scopes ?? []);
      if (refusal !== null) this.#parts.access.turnedAway(key!);
      done(refusal ?? undefined);
    });
  }

  keyOf(request: FastifyRequest): GatewayKey | null {
    return this.#admissions.get(request.raw)?.key ?? null;
  }

  /** Throws GatewayError 413 or 503 where it is larger than may be held. */
  bodyOf(request: FastifyRequest): Promise<Buffer> {
    const {held, requestBytes: most} = this.#parts;
    const {key, response} = this.#admissions.get(request.raw)!;
    return readBody(request.raw, response, {held, key: key?.family ?? '', most});
  }
}
