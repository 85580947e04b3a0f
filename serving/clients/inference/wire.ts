import {z} from 'zod';

/**
 * POST /v1/completions as vLLM and the embedded engine both speak it. What goes beyond OpenAI's: `structured_outputs`
 * (vLLM), and two extensions of the embedded engine that vLLM ignores: `prompt_logprobs_start`, `choice_logprobs`.
 */
export interface CompletionBody {
  readonly model: string;
  readonly prompt: string;
  readonly max_tokens: number;
  readonly temperature: number;
  readonly stop?: readonly string[];
  readonly logprobs?: number;
  readonly echo?: boolean;
  readonly structured_outputs?: {readonly choice: readonly string[]};
  readonly prompt_logprobs?: number;
  /** Code points of the prompt before which no log-probability is needed: saves most of the time of scoring its end. */
  readonly prompt_logprobs_start?: number;
}

export const CompletionAnswer = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        text: z.string(),
        logprobs: z
          .looseObject({
            tokens: z.array(z.string()),
            token_logprobs: z.array(z.number().nullable()),
            /** In code points (Python's len), as vLLM counts them. */
            text_offset: z.array(z.number()),
            top_logprobs: z.array(z.record(z.string(), z.number()).nullable()).nullish(),
          })
          .nullish(),
        /** Choice → log-probability of the whole of it. */
        choice_logprobs: z.record(z.string(), z.number()).nullish(),
      }),
    )
    .min(1),
  usage: z
    .looseObject({prompt_tokens: z.number().default(0), completion_tokens: z.number().default(0)})
    .nullish(),
});
export type CompletionAnswer = z.infer<typeof CompletionAnswer>;
export type EchoedLogprobs = NonNullable<CompletionAnswer['choices'][number]['logprobs']>;
