import {z} from 'zod';
import {Digest} from './artifact.ts';

export const ContentPart = z.discriminatedUnion('type', [
  z.strictObject({type: z.literal('text'), text: z.string()}),
  z.strictObject({type: z.literal('image_url'), image_url: z.strictObject({url: z.string()})}),
  z.strictObject({
    type: z.literal('input_audio'),
    input_audio: z.strictObject({data: z.string(), format: z.string()}),
  }),
]);
export const ToolCall = z.strictObject({
  id: z.string(),
  type: z.literal('function'),
  function: z.strictObject({name: z.string(), arguments: z.string()}),
});
/** OpenAI's chat message, as far as a row stores one. */
export const Message = z.strictObject({
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  content: z.union([z.string(), z.array(ContentPart), z.null()]),
  name: z.string().optional(),
  tool_calls: z.array(ToolCall).optional(),
  tool_call_id: z.string().optional(),
});
export type Message = z.infer<typeof Message>;

export const SPLITS = ['train', 'validation', 'golden', 'traffic'] as const;
export const Split = z.enum(SPLITS);
export type Split = z.infer<typeof Split>;

/**
 * One source record after the input transform: parsed, stripped, normalised, scrubbed. Tasks are rendered from it.
 * `fields` holds named texts (a mail: `subject`, `body`); `messages` a conversation; at least one of both is there.
 */
export const Row = z.strictObject({
  /** `source/record`: the source's own id, else the first 16 hex digits of the content hash. Never a line number. */
  id: z.string().min(1),
  source: z.string(),
  fields: z.record(z.string(), z.string()),
  messages: z.array(Message).optional(),
  /** The class, or the reference answer, where the source gives one. */
  label: z.string().optional(),
  /** Rows of one group stay in one split: a keyed digest of what `curation.split.group` names. Missing without such a column. */
  group: z.string().optional(),
  /** Named subsets for the report: `new-thread`, `html`, … */
  slices: z.array(z.string()),
  /** Detected language (ISO 639-1), `und` where nothing was detected. */
  language: z.string(),
});
export type Row = z.infer<typeof Row>;

/** A row in a dataset version. `digest` is HMAC-SHA256 under the project's row key over the canonical JSON of the row. */
export const DatasetRow = Row.extend({digest: Digest, cluster: z.string(), split: Split});
export type DatasetRow = z.infer<typeof DatasetRow>;

/** Why a record is not in any split. `record` names it in its source (file, line), never its content. */
export const Drop = z.strictObject({
  id: z.string(),
  source: z.string(),
  record: z.string(),
  /** `malformed`, `language`, `too_short`, `too_long`, `exact_duplicate`, `near_duplicate`, `golden_overlap`, `no_label`, … */
  rule: z.string(),
  reason: z.string(),
  /** The surviving row of its cluster, where it is a duplicate. */
  survivor: z.string().optional(),
});
export type Drop = z.infer<typeof Drop>;
