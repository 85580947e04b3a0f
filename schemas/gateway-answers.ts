import {z} from 'zod';

const Usage = z.strictObject({
  prompt_tokens: z.int().nonnegative(),
  completion_tokens: z.int().nonnegative(),
  total_tokens: z.int().nonnegative(),
});

const head = {
  id: z
    .string()
    .regex(/^chatcmpl-[0-9a-f]{32}$/)
    .describe('`chatcmpl-` and the id of the trace; send it with feedback'),
  created: z.int().nonnegative().describe('Unix seconds'),
  model: z.string().describe('The model of the request'),
  system_fingerprint: z
    .string()
    .regex(/^fp_[0-9a-f]{12}$/)
    .describe('`fp_` and the first 12 digits of the release that answered'),
};

/** What POST /v1/chat/completions answers without `stream`. */
export const ChatCompletion = z.strictObject({
  ...head,
  object: z.literal('chat.completion'),
  choices: z
    .array(
      z.strictObject({
        index: z.literal(0),
        message: z.strictObject({role: z.literal('assistant'), content: z.string(), refusal: z.null()}),
        logprobs: z.null(),
        finish_reason: z.string(),
      }),
    )
    .length(1),
  usage: Usage,
});
export type ChatCompletion = z.infer<typeof ChatCompletion>;

/** One event of a stream. The last one before `[DONE]` may be a `GatewayFailure` instead. */
export const ChatCompletionChunk = z.strictObject({
  ...head,
  object: z.literal('chat.completion.chunk'),
  choices: z
    .array(
      z.strictObject({
        index: z.literal(0),
        delta: z.strictObject({role: z.literal('assistant').optional(), content: z.string().optional()}),
        logprobs: z.null(),
        finish_reason: z.string().nullable(),
      }),
    )
    .max(1),
  usage: Usage.nullable()
    .optional()
    .describe('Only with `stream_options.include_usage`; null before the end'),
});
export type ChatCompletionChunk = z.infer<typeof ChatCompletionChunk>;

/** Every refusal and failure. */
export const GatewayFailure = z.strictObject({
  error: z.strictObject({
    message: z.string(),
    type: z.enum(['invalid_request_error', 'rate_limit_error', 'server_error']),
    param: z.string().nullable().describe('The field of the request that is wrong'),
    code: z.string().describe('Constant; the gateway page lists the codes'),
  }),
});
export type GatewayFailure = z.infer<typeof GatewayFailure>;

export const Model = z.strictObject({
  id: z.string().describe('`PROJECT/TASK`'),
  object: z.literal('model'),
  created: z.int().nonnegative().describe('Unix seconds: when the deployment changed last'),
  owned_by: z.literal('ratchet'),
});
export type Model = z.infer<typeof Model>;

export const ModelList = z.strictObject({object: z.literal('list'), data: z.array(Model)});
export type ModelList = z.infer<typeof ModelList>;

export const FeedbackTaken = z.strictObject({
  id: z.string().describe('The id of the feedback'),
  trace: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .describe('The trace it is about'),
});
export type FeedbackTaken = z.infer<typeof FeedbackTaken>;

export const Liveness = z.strictObject({
  status: z.enum(['ok', 'degraded', 'no deployment', 'no release yet']),
});
export type Liveness = z.infer<typeof Liveness>;

export const Readiness = z.strictObject({ready: z.boolean()});
export type Readiness = z.infer<typeof Readiness>;
