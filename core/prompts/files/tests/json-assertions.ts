import {jsonBeyond} from '../../../access/json-bounds.ts';
import {broken, holds, type Asserted, type Evaluate} from './assertion.ts';
import {jsonIn} from './json-in.ts';
import {schemaCheck} from './json-schema.ts';

/** What an answer's JSON may hold: a schema may compare each member of a list with every other. */
const BOUNDS = {depth: 64, values: 10_000} as const;

/** The whole answer is JSON, and fits the schema where one is given. */
export const isJson: Evaluate = ({text}, asserted) => {
  const beyond = beyondBounds(text);
  if (beyond !== null) return broken(beyond);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return holds(false, asserted, 'to be JSON');
  }
  return fits([value], asserted, 'to be JSON');
};

/** Some part of the answer is a JSON object or list, and one of these fits the schema where one is given. */
export const containsJson: Evaluate = ({text}, asserted) => {
  const found = jsonIn(text);
  const beyond = found.map((part) => beyondBounds(part)).find((why) => why !== null);
  if (beyond !== undefined) return broken(beyond);
  return fits(
    found.map((part) => JSON.parse(part) as unknown),
    asserted,
    'to contain JSON',
  );
};

function fits(values: readonly unknown[], asserted: Asserted, expected: string) {
  if (asserted.value === undefined || values.length === 0)
    return holds(values.length > 0, asserted, expected);
  const check = schemaCheck(asserted.value as object | boolean);
  if ('why' in check) return broken(check.why);
  let why = '';
  for (const value of values) {
    const problem = check.problemOf(value);
    if (problem === null) return holds(true, asserted, `${expected} that fits the schema`);
    why ||= problem;
  }
  return holds(false, asserted, `${expected} that fits the schema: ${why}`);
}

function beyondBounds(text: string): string | null {
  const bound = jsonBeyond(new TextEncoder().encode(text), BOUNDS);
  return bound === null
    ? null
    : `expected JSON with at most ${BOUNDS[bound]} ${bound === 'depth' ? 'levels' : 'values'}, got more`;
}
