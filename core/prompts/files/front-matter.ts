import type {PromptArtifact, PromptInput, ValueShape} from '../../../schemas/prompt-file.ts';
import type {PromptFrontMatter} from '../../../schemas/prompt-file/front-matter.ts';

type WrittenInput = NonNullable<PromptFrontMatter['inputs']>[string];
type WrittenShape = Omit<WrittenInput, 'trusted' | 'delimit'>;
type FromFrontMatter = Pick<
  PromptArtifact,
  'description' | 'inputs' | 'settings' | 'responseFormat' | 'examples'
>;

/** Front matter as an artifact says it: camel case, defaults left out, so that one meaning has one digest. */
export function toArtifact(written: PromptFrontMatter): FromFrontMatter {
  const {temperature, top_p, max_input_tokens, max_output_tokens, stop, seed} = written.settings ?? {};
  const format = written.response_format ?? 'text';
  return present({
    description: written.description,
    inputs: mapped(written.inputs ?? {}, inputOf),
    settings: present({
      temperature,
      topP: top_p,
      maxInputTokens: max_input_tokens,
      maxOutputTokens: max_output_tokens,
      stop: stop?.length ? stop : undefined,
      seed,
    }),
    responseFormat: typeof format === 'string' ? format : {jsonSchema: format.json_schema},
    examples: written.examples,
  });
}

/** The inverse of {@link toArtifact}: what is a default is not written. */
export function toFrontMatter(artifact: FromFrontMatter): PromptFrontMatter {
  const {temperature, topP, maxInputTokens, maxOutputTokens, stop, seed} = artifact.settings;
  const settings = present({
    temperature,
    top_p: topP,
    max_input_tokens: maxInputTokens,
    max_output_tokens: maxOutputTokens,
    stop,
    seed,
  });
  const format = artifact.responseFormat;
  return present({
    description: artifact.description,
    inputs: unlessEmpty(mapped(artifact.inputs, writtenInput)),
    settings: unlessEmpty(settings),
    response_format:
      format === 'text' ? undefined : format === 'json' ? format : {json_schema: format.jsonSchema},
    examples: artifact.examples,
  });
}

function inputOf({trusted, delimit, ...shape}: WrittenInput): PromptInput {
  return present({
    ...shapeOf(shape),
    trusted: trusted === true ? (true as const) : undefined,
    delimit: delimit === false ? (false as const) : undefined,
  });
}

function shapeOf({type, optional, enum: only, max_chars, items, properties}: WrittenShape): ValueShape {
  return present({
    type,
    optional: optional === true ? (true as const) : undefined,
    enum: only,
    maxChars: max_chars,
    items: items && shapeOf(items),
    properties: properties && mapped(properties, shapeOf),
  });
}

function writtenInput({trusted, delimit, ...shape}: PromptInput): WrittenInput {
  return present({...writtenShape(shape), trusted, delimit});
}

function writtenShape({type, optional, enum: only, maxChars, items, properties}: ValueShape): WrittenShape {
  return present({
    type,
    optional,
    enum: only,
    max_chars: maxChars,
    items: items && writtenShape(items),
    properties: properties && mapped(properties, writtenShape),
  });
}

function mapped<A, B>(record: Readonly<Record<string, A>>, of: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, of(value)]));
}

/** Without the members that are undefined. */
function present<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}

function unlessEmpty<T extends object>(value: T): T | undefined {
  return Object.keys(value).length === 0 ? undefined : value;
}
