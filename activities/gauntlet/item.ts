import {z} from 'zod';
import {ArtifactRef, Digest} from '../../schemas/artifact.ts';
import {Machine} from '../../schemas/machine.ts';
import {Message} from '../../schemas/row.ts';
import {failsClosed} from '../../schemas/tolerant.ts';

const Common = {
  /** The sample's `item`: row id or probe id. */
  id: z.string(),
  cluster: z.string(),
  slices: z.array(z.string()),
};
const RowPart = {
  task: z.string(),
  fields: z.record(z.string(), z.string()),
  messages: z.array(Message).optional(),
  label: z.string().optional(),
};

/** One question of the gauntlet, without the release that answers it: the same for all of them, so that they pair. */
export const Item = failsClosed(
  z.discriminatedUnion('kind', [
    /** A golden row, asked as its task asks. */
    z.strictObject({kind: z.literal('answer'), ...Common, ...RowPart}),
    /** A validation row: how probable its reference completion is. */
    z.strictObject({kind: z.literal('validation'), ...Common, ...RowPart}),
    /** General text, the same whatever the prompts: forgetting. */
    z.strictObject({kind: z.literal('general'), ...Common, prompt: z.string(), completion: z.string()}),
    /** A golden row with an injected instruction, by the technique's id. */
    z.strictObject({kind: z.literal('injection'), ...Common, ...RowPart, technique: z.string()}),
    z.strictObject({kind: z.literal('jailbreak'), ...Common, probe: z.string()}),
    /** A text that invites personal data. */
    z.strictObject({kind: z.literal('pii'), ...Common, prompt: z.string()}),
    /** A harmless request; an answer to it holds `word`. */
    z.strictObject({kind: z.literal('control'), ...Common, prompt: z.string(), word: z.string()}),
  ]),
);
export type Item = z.infer<typeof Item>;
export type ItemOf<Kind extends Item['kind']> = Extract<Item, {kind: Kind}>;

/** Time beside a sample: never in it, since samples are the same on every run. */
export const Timing = z.strictObject({task: z.string(), item: z.string(), ms: z.number().nonnegative()});
export type Timing = z.infer<typeof Timing>;

/** What answerBatch leaves: JSONL of Sample, and JSONL of Timing beside it. */
export const Answers = z.strictObject({
  v: z.literal(1),
  release: Digest,
  samples: ArtifactRef,
  timings: ArtifactRef,
  /** When (ISO times, UTC), by which engine, asked by a worker on which machine. Earlier versions kept none of it. */
  asked: z.strictObject({from: z.string(), to: z.string(), engine: z.string(), machine: Machine}).optional(),
});
export type Answers = z.infer<typeof Answers>;

/** Which of two answers a judge prefers; the candidate's is the first. */
export const Winner = z.enum(['first', 'second', 'tie']);

/** One line of what judgeBatch leaves; `winner` is null where the judge's reply says nothing, and `error` says why. */
export const Judgement = z.strictObject({
  task: z.string(),
  item: z.string(),
  winner: Winner.nullable(),
  /** Whether both orders had the same preference; null where the answers are alike and neither was asked. */
  consistent: z.boolean().nullish(),
  error: z.string().nullable(),
});
export type Judgement = z.infer<typeof Judgement>;

/** What planGauntlet leaves. `stable` and `base` may be the same release, which is then asked once. */
export const Plan = failsClosed(
  z.strictObject({
    v: z.literal(1),
    project: z.string(),
    candidate: Digest,
    stable: Digest,
    base: Digest,
    /** Asked, too, where it is another release than these. */
    anchor: Digest.optional(),
    dataset: Digest,
    occasion: z.enum(['first', 'retrain']),
    /** In the order of the plan's batches; `items` is JSONL of Item. */
    batches: z.array(z.strictObject({release: Digest, items: ArtifactRef})),
    /** Golden rows of the slice `frozen`: stable's dataset held them, too. Sorted, as are the next. */
    frozen: z.array(z.string()),
    /** Golden rows of the slice `new_batch`: stable's dataset did not hold them. */
    newBatch: z.array(z.string()),
  }),
);
export type Plan = z.infer<typeof Plan>;
