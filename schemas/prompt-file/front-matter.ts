import {z} from 'zod';
import {
  GenerationSettings,
  InputName,
  NamedSchema,
  PromptArtifact,
  PromptExamples,
  PromptName,
  ValueShape,
} from '../prompt-file.ts';

/** Of a value within a list or an object. */
const Value = z.strictObject({
  type: ValueShape.shape.type,
  optional: z.boolean().optional().describe('It may be missing, and is empty then'),
  enum: ValueShape.shape.enum.describe('The only strings it may be'),
  max_chars: ValueShape.shape.maxChars.describe(
    'At most so many characters, of a list or object in its JSON',
  ),
  get items() {
    return Value.optional();
  },
  get properties() {
    return z.record(InputName, Value).optional();
  },
});

const Input = z.strictObject({
  ...Value.shape,
  trusted: z.boolean().optional().describe('Your own text: written as it is, without a delimiter'),
  delimit: z.boolean().optional().describe('False: untrusted, but without a delimiter, for a base model'),
});

const {temperature, topP, maxInputTokens, maxOutputTokens, seed} = GenerationSettings.shape;

/** What is between the two `---` of a prompt file, as people write it: the artifact's own fields in snake case, defaults allowed. */
export const PromptFrontMatter = z.strictObject({
  description: PromptArtifact.shape.description.describe(
    'What the prompt is for; changes nothing a model sees',
  ),
  inputs: z.record(InputName, Input).optional().describe('The variables of the templates, by name'),
  settings: z
    .strictObject({
      temperature,
      top_p: topP,
      max_input_tokens: maxInputTokens,
      max_output_tokens: maxOutputTokens,
      stop: z.array(z.string().min(1)).max(16).optional(),
      seed,
    })
    .optional()
    .describe('How the model is asked; what is missing is the server’s own'),
  response_format: z.union([z.enum(['text', 'json']), z.strictObject({json_schema: NamedSchema})]).optional(),
  examples: PromptExamples.optional(),
  partials: z
    .array(PromptName)
    .optional()
    .describe('The partials that it may render; missing: those that it does render, found by their names'),
});
export type PromptFrontMatter = z.infer<typeof PromptFrontMatter>;
