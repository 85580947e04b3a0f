import Fastify, {type FastifyInstance} from 'fastify';
import type {Payload, PayloadCodec} from '@temporalio/common';
import {isLocalCaller} from '../../core/access/loopback.ts';
import {bearerCheck} from '../../core/access/bearer.ts';
import {RatchetError} from '../../schemas/errors.ts';

export interface CodecServerSettings {
  readonly codec: PayloadCodec;
  /** Origins of pages that may ask: `http://127.0.0.1:8233`, the Temporal UI's. */
  readonly origins: readonly string[];
  /** What `Authorization: Bearer` must hold; null: anybody who reaches the port may ask. */
  readonly token: string | null;
}

/** Payloads as protobuf's JSON has them: bytes as base64. */
interface WirePayload {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly data?: string;
}

const BODY_LIMIT = 64 * 1024 * 1024;

/**
 * Temporal's remote codec protocol: `POST /encode` and `/decode` with `{"payloads": […]}`, for its UI (`--ui-codec-endpoint`) and
 * its CLI (`--codec-endpoint`). Browsers are let in from the named origins only; whoever may ask reads what is encrypted.
 */
export function codecServer({codec, origins, token}: CodecServerSettings): FastifyInstance {
  const app = Fastify({bodyLimit: BODY_LIMIT, logger: false});
  const allowed = token === null ? () => true : bearerCheck(token);

  app.addHook('onRequest', async (request, reply) => {
    const {origin, host} = request.headers;
    if (token === null && !isLocalCaller({host}))
      return reply
        .code(403)
        .send({message: 'without a token only this machine may ask, by the name localhost or 127.0.0.1'});
    if (origin !== undefined) {
      if (!origins.includes(origin))
        return reply
          .code(403)
          .send({message: `pages of ${origin} may not ask here: --allow-origin names who may`});
      reply
        .header('access-control-allow-origin', origin)
        .header('access-control-allow-credentials', 'true')
        .header('access-control-allow-methods', 'POST, OPTIONS')
        .header(
          'access-control-allow-headers',
          'content-type, x-namespace, authorization, authorization-extras',
        )
        .header('vary', 'origin');
    }
    if (request.method === 'OPTIONS') return reply.code(204).send();
    if (!allowed(request.headers.authorization))
      return reply
        .code(401)
        .header('www-authenticate', 'Bearer')
        .send({message: 'expected the codec’s bearer token'});
    return undefined;
  });
  app.setErrorHandler((error, _request, reply) => {
    const known = error instanceof RatchetError;
    const status = known ? 400 : ((error as {statusCode?: number}).statusCode ?? 500);
    return reply.code(status).send({message: (error as Error).message});
  });

  app.options('/*', async (_request, reply) => reply.code(204).send());
  for (const way of ['encode', 'decode'] as const)
    app.post(`/${way}`, async ({body}) => ({payloads: (await codec[way](payloadsOf(body))).map(toWire)}));
  app.get('/health', () => ({status: 'ok'}));
  return app;
}

function payloadsOf(body: unknown): Payload[] {
  const list = (body as {payloads?: unknown} | null)?.payloads;
  if (!Array.isArray(list)) throw new RatchetError('InvalidInput', 'expected {"payloads": […]}');
  return (list as WirePayload[]).map(({metadata, data}) => ({
    metadata: Object.fromEntries(
      Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value, 'base64')]),
    ),
    data: Buffer.from(data ?? '', 'base64'),
  }));
}

function toWire({metadata, data}: Payload): WirePayload {
  const base64 = (value: Uint8Array | null | undefined) => Buffer.from(value ?? []).toString('base64');
  return {
    metadata: Object.fromEntries(
      Object.entries(metadata ?? {}).map(([name, value]) => [name, base64(value)]),
    ),
    data: base64(data),
  };
}
