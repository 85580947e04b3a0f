import {z} from 'zod';
import {Drop, Row} from './row.ts';

/** One record after the input transform and the rules; a line of a processed shard. */
export const Processed = z.discriminatedUnion('status', [
  z.strictObject({
    status: z.literal('row'),
    raw: z.string(),
    /** Where it was read: file and line. */
    record: z.string(),
    row: Row,
    /** Milliseconds since 1970, where `curation.split.time` names a column. */
    time: z.number().optional(),
    digest: z.string(),
    exact: z.string(),
    bands: z.string(),
    scrubbed: z.record(z.string(), z.int()),
  }),
  z.strictObject({status: z.literal('drop'), raw: z.string(), drop: Drop}),
]);
export type Processed = z.infer<typeof Processed>;
export type ProcessedRow = Extract<Processed, {status: 'row'}>;
