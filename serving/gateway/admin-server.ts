import Fastify, {type FastifyInstance} from 'fastify';
import {stateOf} from '../../core/access/key-state.ts';
import type {Scope} from '../../schemas/gateway-key.ts';
import {mayUse, type Access, type Caller} from './access.ts';
import {GatewayError} from './gateway-error.ts';
import {answerUnreadable, guardedServer, type ClientLimits} from './guarded-server.ts';
import {inDetail, type HealthParts} from './health.ts';
import type {KeyCounts} from './key-counts.ts';
import type {Metrics} from './metrics.ts';
import {quietConnections} from './quiet-connections.ts';

export interface AdminParts {
  readonly access: Access;
  readonly health: HealthParts;
  readonly counts: KeyCounts;
  readonly metrics: Metrics;
  readonly limits: ClientLimits;
}

const READ: readonly Scope[] = ['read', 'admin'];

/** For operators, on a port of its own and on loopback alone: metrics, health in detail, and what is known of each key. */
export function adminServer(parts: AdminParts): FastifyInstance {
  const {health, counts} = parts;
  const {app, open} = withMetrics(parts);
  app.get('/healthz', ({headers}) => {
    open(headers, READ);
    return inDetail(health);
  });
  app.get('/keys', ({headers}) => {
    open(headers, ['admin']);
    const now = Date.now();
    const keys = [...(health.keys.ring?.byHash.values() ?? [])].map(({key}) => {
      const {hash: _hash, ...shown} = key;
      return {
        ...shown,
        state: stateOf(key, now),
        /** Of this gateway alone, since 0:00 UTC. */
        today: counts.today.get(key.id) ?? null,
      };
    });
    return {project: health.project, gateway: counts.gateway, keys};
  });
  return app;
}

type MetricsParts = Pick<AdminParts, 'access' | 'metrics' | 'limits'>;

/** For a Prometheus that cannot come to loopback: metrics, and nothing else. */
export function metricsServer(parts: MetricsParts): FastifyInstance {
  return withMetrics(parts).app;
}

/** `open` throws where a key, or none, may not have what is asked. */
function withMetrics({access, metrics, limits}: MetricsParts): {
  readonly app: FastifyInstance;
  readonly open: (caller: Caller, scopes: readonly Scope[]) => void;
} {
  const app = Fastify({
    bodyLimit: 1024,
    logger: false,
    forceCloseConnections: false,
    clientErrorHandler: answerUnreadable,
    serverFactory: (handle) =>
      guardedServer(handle, {
        limits: {...limits, requestBytes: 1024},
        refuse: ({headers}) => {
          const key = access.identify(headers);
          return key instanceof GatewayError ? counted(key) : null;
        },
      }),
  });
  const quiet = quietConnections(app.server);
  app.addHook('preClose', async () => quiet.end());
  const counted = (error: GatewayError) => {
    metrics.blocked.inc({code: error.code});
    return error;
  };

  const open = (caller: Caller, scopes: readonly Scope[]) => {
    const key = access.identify(caller);
    const refusal = key instanceof GatewayError ? key : mayUse(key, scopes);
    if (refusal !== null) throw counted(refusal);
  };
  app.setErrorHandler((error, _request, reply) => {
    const failure =
      error instanceof GatewayError
        ? error
        : new GatewayError(
            (error as {statusCode?: number}).statusCode ?? 500,
            'internal_error',
            String(error),
          );
    return reply.code(failure.status).headers(failure.headers()).send(failure.body());
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0];
    return reply
      .code(404)
      .send(new GatewayError(404, 'not_found', `there is no ${request.method} ${path}`).body());
  });

  app.get('/metrics', async ({headers}, reply) => {
    open(headers, READ);
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
  return {app, open};
}
