import type {Scope} from '../../schemas/gateway-key.ts';

interface Route {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  /** A key with one of the scopes opens it; without scopes it is open to all. */
  readonly config?: {readonly scopes: readonly Scope[]};
}

const route = (method: Route['method'], url: string, scopes?: readonly Scope[]): Route =>
  scopes === undefined ? {method, url} : {method, url, config: {scopes}};

/** The routes of the public port. docs/openapi.json describes each. */
export const ROUTES = {
  chat: route('POST', '/v1/chat/completions', ['chat']),
  models: route('GET', '/v1/models', ['chat', 'read']),
  // A model's name holds a slash, which clients send as it is or as %2F.
  model: route('GET', '/v1/models/*', ['chat', 'read']),
  feedback: route('POST', '/feedback', ['feedback']),
  health: route('GET', '/healthz'),
  ready: route('GET', '/readyz'),
} as const;
