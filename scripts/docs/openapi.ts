import {z} from 'zod';
import * as Answers from '../../schemas/gateway-answers.ts';
import {FeedbackRequest} from '../../schemas/trace.ts';
import {ChatRequest} from '../../serving/gateway/chat-request.ts';
import {ROUTES} from '../../serving/gateway/routes.ts';

type Json = Readonly<Record<string, unknown>>;

interface Operation {
  readonly summary: string;
  readonly description?: string;
  readonly takes?: string;
  readonly parameters?: readonly Json[];
  /** By status: what it says, and the media types of what it sends. */
  readonly gives: Readonly<Record<string, {readonly description: string; readonly content: Json}>>;
}

const {FeedbackTaken, GatewayFailure, Liveness, Model, ModelList, Readiness} = Answers;
const {ChatCompletion, ChatCompletionChunk} = Answers;
const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  ChatRequest,
  ChatCompletion,
  ChatCompletionChunk,
  FeedbackRequest,
  FeedbackTaken,
  Model,
  ModelList,
  Liveness,
  Readiness,
  GatewayFailure,
};

const ref = (name: string) => ({$ref: `#/components/schemas/${name}`});
const json = (name: string) => ({'application/json': {schema: ref(name)}});

/** What each route does: complete by its type. */
const OPERATIONS: Readonly<Record<keyof typeof ROUTES, Operation>> = {
  chat: {
    summary: 'Ask a task of the project',
    description:
      'As OpenAI’s chat completions. With `stream: true` the answer is a stream of server-sent events, each a `ChatCompletionChunk`, then `[DONE]`.',
    takes: 'ChatRequest',
    gives: {
      '200': {
        description: 'The answer. The header `x-ratchet-trace` holds the id of its trace',
        content: {
          ...json('ChatCompletion'),
          'text/event-stream': {schema: ref('ChatCompletionChunk')},
        },
      },
    },
  },
  models: {
    summary: 'List the tasks of the stable release',
    gives: {'200': {description: 'One model for each task', content: json('ModelList')}},
  },
  model: {
    summary: 'Show one task',
    parameters: [
      {
        name: 'model',
        in: 'path',
        required: true,
        schema: {type: 'string'},
        description: '`PROJECT/TASK`; the slash may be sent as it is or as %2F',
        example: 'mail/triage',
      },
    ],
    gives: {'200': {description: 'The model', content: json('Model')}},
  },
  feedback: {
    summary: 'Say whether an answer was right',
    description: 'Send a rating, a correction, an implicit signal, or several of them.',
    takes: 'FeedbackRequest',
    gives: {'202': {description: 'The feedback is on the gateway’s disk', content: json('FeedbackTaken')}},
  },
  health: {
    summary: 'Liveness',
    gives: {'200': {description: 'The process answers', content: json('Liveness')}},
  },
  ready: {
    summary: 'Readiness, for load balancers',
    gives: {
      '200': {description: 'A request would be answered', content: json('Readiness')},
      '503': {description: 'A request would not be answered now', content: json('Readiness')},
    },
  },
};

/** docs/openapi.json: the public port of the gateway, from its routes and from the schemas that it parses by. */
export function openApi(): string {
  const paths: Record<string, Json> = {};
  for (const [id, {method, url, config}] of Object.entries(ROUTES)) {
    const path = url.replace('*', '{model}');
    const operation = operationOf(id as keyof typeof ROUTES, config?.scopes ?? null);
    paths[path] = {...paths[path], [method.toLowerCase()]: operation};
  }
  return JSON.stringify({
    openapi: '3.1.1',
    info: {
      title: 'Ratchet gateway',
      version: '1.0.0',
      summary: 'The endpoint that your application calls: OpenAI’s chat completions, and feedback',
      license: {name: 'Apache-2.0', identifier: 'Apache-2.0'},
    },
    servers: [{url: 'http://127.0.0.1:8080', description: 'The default of `ratchet up`'}],
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(SCHEMAS).map(([name, schema]) => [name, schemaOf(schema)])),
      securitySchemes: {
        key: {
          type: 'http',
          scheme: 'bearer',
          description: 'A key of the project (`ratchet api-keys create`)',
        },
      },
    },
  });
}

function operationOf(id: keyof typeof ROUTES, scopes: readonly string[] | null): Json {
  const {summary, description = '', takes, parameters, gives} = OPERATIONS[id];
  const scoped =
    scopes === null ? '' : `A key needs the scope ${scopes.map((one) => `\`${one}\``).join(' or ')}.`;
  const text = [description, scoped].filter((part) => part !== '').join(' ');
  return {
    operationId: id,
    summary,
    ...(text === '' ? {} : {description: text}),
    // Until the project has its first key, a gateway on loopback needs none.
    security: scopes === null ? [] : [{key: []}, {}],
    ...(parameters === undefined ? {} : {parameters}),
    ...(takes === undefined ? {} : {requestBody: {required: true, content: json(takes)}}),
    responses: {
      ...gives,
      ...(scopes === null ? {} : {default: REFUSED}),
    },
  };
}

const REFUSED = {
  description: 'A refusal or a failure. 429 and 503 say in `retry-after` when to try again',
  headers: {
    'retry-after': {description: 'Seconds; with 429 and 503', schema: {type: 'integer'}},
    'retry-after-ms': {description: 'Milliseconds; with 429 and 503', schema: {type: 'integer'}},
  },
  content: json('GatewayFailure'),
};

/** What a client may send, or gets. */
export function schemaOf(schema: z.ZodType): Json {
  const {$schema: _draft, ...converted} = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({jsonSchema}) => {
      const {items} = jsonSchema as {items?: unknown};
      if (items instanceof z.ZodType) jsonSchema.items = schemaOf(items);
    },
  });
  return converted;
}
