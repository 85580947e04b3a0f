import {z} from 'zod';

const Choice = z.array(z.string().min(1)).min(1).max(256);
const Sampling = {
  model: z.string().optional(),
  temperature: z.number().min(0).max(2).default(1),
  top_p: z.number().gt(0).max(1).default(1),
  top_k: z.int().min(-1).default(0),
  min_p: z.number().min(0).max(1).default(0),
  seed: z.int().optional(),
  stop: z
    .union([z.string(), z.array(z.string().min(1)), z.null()])
    .optional()
    .transform((stop) =>
      stop === undefined || stop === null ? [] : typeof stop === 'string' ? [stop] : stop,
    ),
  stream: z.boolean().default(false),
  stream_options: z.looseObject({include_usage: z.boolean().optional()}).nullish(),
  n: z.literal(1, 'this engine gives one choice a prompt').default(1),
  structured_outputs: z.strictObject({choice: Choice}).optional(),
  guided_choice: Choice.optional(),
};

/** POST /v1/completions: vLLM's fields, and `prompt_logprobs_start`. Others are ignored, as vLLM does. */
export const CompletionRequest = z.looseObject({
  ...Sampling,
  prompt: z.union([z.string(), z.array(z.string()).min(1), z.array(z.int()).min(1)]),
  max_tokens: z.int().min(0).nullish(),
  echo: z.boolean().default(false),
  logprobs: z.int().min(0).max(20).nullish(),
  prompt_logprobs: z.int().min(0).max(20).nullish(),
  /**
   * Code points of the prompt before which no log-probability is needed: earlier tokens get null. Saves most of the time
   * where only a completion at the end of the prompt is scored.
   */
  prompt_logprobs_start: z.int().min(0).default(0),
});
export type CompletionRequest = z.infer<typeof CompletionRequest>;

export const ChatMessage = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']),
  content: z
    .union([z.string(), z.array(z.looseObject({type: z.string(), text: z.string().optional()})), z.null()])
    .optional(),
});
export type ChatMessage = z.infer<typeof ChatMessage>;

/** POST /v1/chat/completions. */
export const ChatRequest = z.looseObject({
  ...Sampling,
  messages: z.array(ChatMessage).min(1),
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
});
export type ChatRequest = z.infer<typeof ChatRequest>;

export const LoadAdapterRequest = z.looseObject({
  lora_name: z.string().default(''),
  lora_path: z.string().default(''),
});
export const UnloadAdapterRequest = z.looseObject({lora_name: z.string().default('')});
export const TokenizeRequest = z.looseObject({
  model: z.string().optional(),
  prompt: z.string(),
});
