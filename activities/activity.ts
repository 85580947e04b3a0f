import type {z} from 'zod';
import {RatchetError} from '../schemas/errors.ts';
import type {Activity, ActivityContext} from './context.ts';
import {explainError} from '../schemas/explain-issue.ts';

/** `cpu`: everything but training and waiting. `gpu`: training. `wait`: as long as another workflow takes, on no core. */
export type ActivityQueue = 'cpu' | 'gpu' | 'wait';

/**
 * A Temporal activity: what workflows call by its name, and what a worker registers. Tests call it as a function, with as
 * much of the context as its body asks for.
 */
export interface ActivityDefinition<
  Queue extends ActivityQueue,
  Input,
  Output,
  Context = never,
  Run = never,
> {
  (input: Input, context: Context, activity?: Run): Promise<Output>;
  readonly queue: Queue;
  /** The same, with this name in front of what it says of a wrong input. */
  as(name: string): (input: unknown, context: Context, activity: Run) => Promise<Output>;
}
/** An input as callers hold it: they need not be able to change it. */
export type Given<T> = T extends readonly (infer Item)[]
  ? readonly Given<Item>[]
  : T extends object
    ? {readonly [Name in keyof T]: Given<T[Name]>}
    : T;
/** Any that a worker can run. */
export type AnyActivity = ActivityDefinition<ActivityQueue, never, unknown, ActivityContext, Activity>;

/**
 * Declares an activity once: which queue it runs on, what its input must be, what it does. Types for workflows
 * ({@link Called}), registration, parsing and test fakes follow. A wrong input throws InvalidInput with every wrong field.
 * @example export const keepPage = activity('cpu', z.strictObject({items: z.array(z.unknown())}), async ({items}, {stores}) => …)
 */
export function activity<
  Queue extends ActivityQueue,
  Schema extends z.ZodType,
  Output,
  Context = ActivityContext,
  Run = Activity,
>(
  queue: Queue,
  schema: Schema,
  body: (input: z.output<Schema>, context: Context, activity: Run) => Promise<Output>,
): ActivityDefinition<Queue, Given<z.input<Schema>>, Output, Context, Run> {
  const as =
    (name: string) =>
    async (input: unknown, context: Context, run?: Run): Promise<Output> =>
      body(parse(schema, input, name), context, run as Run);
  return Object.assign(as('input'), {queue, as});
}

function parse<Schema extends z.ZodType>(schema: Schema, input: unknown, name: string): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new RatchetError('InvalidInput', `${name}: ${explainError(parsed.error, schema, 'input')}`);
}

/** The activities of a module that run on this queue, as workflows call them: by their input alone. */
export type Called<Module, Queue extends ActivityQueue> = {
  [
    Name in keyof Module as Module[Name] extends {readonly queue: Queue} ? Name : never
  ]: Module[Name] extends (input: infer Input, ...rest: never[]) => infer Output
    ? (input: Input) => Output
    : never;
};
