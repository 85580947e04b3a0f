import {z} from 'zod';
import {Digest} from './artifact.ts';
import {PROMPT_ROLES, RESERVED_NAMES, VALUE_TYPES} from './prompt-file/names.ts';

/** A prompt is `prompts/NAME.prompt.md`, a partial `prompts/_NAME.prompt.md`. */
export const PromptName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'expected at most 64 small letters, digits and dashes');

/** A variable of a template. Its name is its delimiter too, so it begins with a letter. */
export const InputName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, 'expected at most 64 letters, digits and _, a letter first')
  .refine(
    (name) => !RESERVED_NAMES.includes(name),
    'expected a name that is no word of the template language',
  );

/** Levels of `items` and `properties` within one another. */
const MOST_LEVELS = 8;

/** What a value must be. A part of JSON Schema: `enum` and `maxChars` are of a string, `items` of an array, `properties` of an object. */
export const ValueShape = z.strictObject({
  type: z.enum(VALUE_TYPES),
  /** It may be missing, and is empty then. Missing: it is required. */
  optional: z.literal(true).optional(),
  /** The only strings it may be. */
  enum: z.array(z.string()).min(1).max(1000).optional(),
  /** At most so many characters (Unicode code points), of a list or object in its JSON. */
  maxChars: z.int().positive().optional(),
  get items() {
    return ValueShape.optional();
  },
  /** Missing: an object may have any. */
  get properties() {
    return z.record(InputName, ValueShape).optional();
  },
});
export type ValueShape = z.infer<typeof ValueShape>;

export const PromptInput = z
  .strictObject({
    ...ValueShape.shape,
    /** Its author is one of yours: it is written as it is, without a delimiter. Missing: it is untrusted. */
    trusted: z.literal(true).optional(),
    /** False: untrusted, but without a delimiter, for a base model that has never seen one. */
    delimit: z.literal(false).optional(),
  })
  .refine((input) => levels(input) <= MOST_LEVELS, `expected at most ${MOST_LEVELS} levels`);
export type PromptInput = z.infer<typeof PromptInput>;

function levels({items, properties = {}}: Pick<ValueShape, 'items' | 'properties'>): number {
  const inner = [...(items ? [items] : []), ...Object.values(properties)].map(levels);
  return 1 + Math.max(0, ...inner);
}

/** How the model is asked; what is missing is the server's own. */
export const GenerationSettings = z.strictObject({
  temperature: z.number().min(0).max(2).optional(),
  topP: z.number().gt(0).max(1).optional(),
  /** Tokens. */
  maxInputTokens: z.int().positive().optional(),
  maxOutputTokens: z.int().positive().optional(),
  stop: z.array(z.string().min(1)).min(1).max(16).optional(),
  seed: z.int().nonnegative().optional(),
});
export type GenerationSettings = z.infer<typeof GenerationSettings>;

/** As OpenAI-compatible servers take it in `response_format`. */
export const NamedSchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'expected at most 64 letters, digits, _ and -'),
  schema: z.record(z.string(), z.json()),
});

export const ResponseFormat = z.union([z.enum(['text', 'json']), z.strictObject({jsonSchema: NamedSchema})]);
export type ResponseFormat = z.infer<typeof ResponseFormat>;

/** Rows of a dataset version that are shown as examples, in this order. Golden rows never are. */
export const PromptExamples = z.strictObject({
  dataset: Digest,
  rows: z
    .array(z.string().min(1))
    .min(1)
    .max(64)
    .refine((rows) => new Set(rows).size === rows.length, 'expected each row once'),
});
export type PromptExamples = z.infer<typeof PromptExamples>;

export const PromptMessage = z.strictObject({role: z.enum(PROMPT_ROLES), template: z.string().min(1)});
export type PromptMessage = z.infer<typeof PromptMessage>;

/**
 * What a prompt file says, with its partials in it: immutable, named by core/prompts/files/prompt-digest.ts. One meaning has one
 * form: what is a default is left out.
 */
export const PromptArtifact = z.strictObject({
  v: z.literal(1),
  name: PromptName,
  /** For people alone, so it is outside the digest. */
  description: z.string().min(1).optional(),
  /** By name. Templates may use these and no others. */
  inputs: z.record(InputName, PromptInput),
  messages: z.array(PromptMessage).min(1).max(64),
  /** Name → template: those that the messages render, and those that these do. */
  partials: z.record(PromptName, z.string()),
  settings: GenerationSettings,
  responseFormat: ResponseFormat,
  examples: PromptExamples.optional(),
});
export type PromptArtifact = z.infer<typeof PromptArtifact>;
