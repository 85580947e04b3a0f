import {z} from 'zod';
import {ArtifactRef, Digest} from './artifact.ts';
import {COMMIT} from './hub-id.ts';
import {VENDORS} from './names.ts';
import {failsClosed} from './tolerant.ts';

/** A model on the Hugging Face Hub at one commit: unlike a branch or a tag, that never names other bytes. */
export const HubModel = z.strictObject({
  /** `org/name`, or `name`. */
  id: z.string(),
  commit: z.string().regex(COMMIT),
});
export type HubModel = z.infer<typeof HubModel>;

/**
 * Weights that releases build on. `sha256` is of the GGUF file; or of the sorted file hashes of a Hugging Face folder; or,
 * with `hub`, of the text `hf:ID@COMMIT`.
 */
export const BaseModel = z.strictObject({
  name: z.string(),
  kind: z.enum(['gguf', 'hf']),
  sha256: Digest,
  /** Missing: a file or folder. */
  hub: HubModel.optional(),
});
export type BaseModel = z.infer<typeof BaseModel>;

/** LoRA weights from (base, dataset, hyperparameters, seed). */
export const Adapter = z.strictObject({
  /** sha256 of the safetensors file: the adapter's name everywhere. */
  digest: Digest,
  safetensors: ArtifactRef,
  config: ArtifactRef,
  /** The same weights for the embedded engine; null where llama.cpp has no layout for the base's architecture. */
  gguf: ArtifactRef.nullable(),
  base: Digest,
  dataset: Digest,
  /** Digest of the training configuration. */
  training: Digest,
});
export type Adapter = z.infer<typeof Adapter>;

/** A task's template, input schema and generation settings; immutable, named by the digest of its canonical JSON. */
export const PromptVersion = z.strictObject({
  v: z.literal(1),
  task: z.string(),
  kind: z.enum(['classification', 'generation', 'chat']),
  /** `{{field}}` is replaced by the row's field. The whole prompt up to where the model goes on. */
  template: z.string(),
  /** Wrapped as one user message by the model's chat template, or used as plain text. */
  format: z.enum(['plain', 'chat']),
  system: z.string().optional(),
  inputs: z.array(z.string()),
  /** Which input is cut so that the inputs together stay within maxInputTokens; the template itself never is. */
  trim: z.string(),
  maxInputTokens: z.int().positive(),
  maxOutputTokens: z.int().positive(),
  /** Null: the model's own, which is all that some of the vendors' models take. */
  temperature: z.number().nonnegative().nullable(),
  stop: z.array(z.string()),
  /** Classification: label → the exact completion, e.g. {spam: " spam"}; the answer is the most probable of these. */
  choices: z.record(z.string(), z.string()).optional(),
  /** Other spellings of those labels, by which users may name them in feedback. */
  aliases: z.record(z.string(), z.string()).optional(),
  /** Generation: which field of the row is the reference; it is not shown to the model. */
  target: z.string().optional(),
  /** The day that a chat template which prints one shows, in training, evaluation and serving; missing: it prints none. */
  date: z.iso.date().optional(),
});
export type PromptVersion = z.infer<typeof PromptVersion>;

/** Curation's own core, as configured: what turns a raw request or record into the fields of a row. */
export const InputTransform = failsClosed(
  z.strictObject({
    v: z.literal(1),
    format: z.enum(['mail', 'record', 'text', 'chat']),
    /** Names of the fields a `record` must have. */
    fields: z.array(z.string()),
    pii: z.array(z.string()),
    /** Code version of the transform. */
    code: Digest,
  }),
);
export type InputTransform = z.infer<typeof InputTransform>;

/** What the gateway checks and rewrites on the way in and out. */
export const GuardrailPolicy = failsClosed(
  z.strictObject({
    v: z.literal(1),
    maxInputChars: z.int().positive(),
    scrubOutput: z.boolean(),
    stripInvisible: z.boolean(),
    blockPatterns: z.array(z.string()),
  }),
);
export type GuardrailPolicy = z.infer<typeof GuardrailPolicy>;

/** Weights that an engine of the project's own holds. */
export const OpenModel = z.strictObject({...BaseModel.shape, adapter: Adapter.nullable()});
export type OpenModel = z.infer<typeof OpenModel>;

export const Vendor = z.enum(VENDORS);
export type Vendor = z.infer<typeof Vendor>;

/** A vendor's model under the vendor's own name. Where it is asked, and with which key, is no part: the environment says that. */
export const ProviderModel = z.strictObject({
  kind: z.literal('provider'),
  vendor: Vendor,
  /** `gpt-5.2-mini` */
  model: z.string().min(1),
  /** The dated version that `model` names or named when this was made; null: an alias, behind which the vendor may change it. */
  snapshot: z.string().nullable(),
});
export type ProviderModel = z.infer<typeof ProviderModel>;

export const ModelPart = z.discriminatedUnion('kind', [OpenModel, ProviderModel]);
export type ModelPart = z.infer<typeof ModelPart>;

/** Which model answers a task, and how it is asked. */
export const TaskRoute = z.strictObject({
  /** A name in `models`. */
  model: z.string(),
  prompt: PromptVersion,
  /** Names in `models` that are asked in this order where `model` does not answer. */
  fallback: z.array(z.string()),
});
export type TaskRoute = z.infer<typeof TaskRoute>;

/** In every version. */
const Common = {
  project: z.string(),
  /** sha256 of the canonical JSON of every other field but `parent` and `createdFrom`. */
  digest: Digest,
  transform: InputTransform,
  index: z.string().nullable(),
  guardrails: GuardrailPolicy,
  /** The release that was stable when this one was made; null for the first. Outside the digest. */
  parent: Digest.nullable(),
  /** The dataset that an adapter was trained on, else the one it was judged by first; null for the first stable. Outside the digest. */
  createdFrom: Digest.nullable(),
};

/**
 * One open model for every task: with an adapter, or bare as the first stable of a project that trains. Still written for these:
 * the same parts keep their digest.
 */
export const ReleaseV1 = z.strictObject({
  v: z.literal(1),
  ...Common,
  base: BaseModel,
  adapter: Adapter.nullable(),
  /** task → prompt version. */
  prompts: z.record(z.string(), PromptVersion),
});
export type ReleaseV1 = z.infer<typeof ReleaseV1>;

/** Several models, of any kind. One without a task answers nothing: the first stable of a project that trains nothing. */
export const ReleaseV2 = z.strictObject({
  v: z.literal(2),
  ...Common,
  models: z.record(z.string(), ModelPart),
  tasks: z.record(z.string(), TaskRoute),
});
export type ReleaseV2 = z.infer<typeof ReleaseV2>;

/** What can answer users. Read it by core/releases/models.ts, which knows the versions. */
export const Release = z.discriminatedUnion('v', [ReleaseV1, ReleaseV2]);
export type Release = z.infer<typeof Release>;
