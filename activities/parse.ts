import type {z} from 'zod';
import {RatchetError} from '../schemas/errors.ts';

/** An activity's input, checked: throws InvalidInput with every wrong field, what was expected and where. */
export function parse<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  activity: string,
): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`);
  throw new RatchetError('InvalidInput', `${activity}: ${wrong.join('; ')}`);
}
