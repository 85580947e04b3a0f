import type {z} from 'zod';
import {closest, distance} from 'fastest-levenshtein';

type Issue = z.core.$ZodIssue;
export type KeyPath = readonly PropertyKey[];

/** One thing wrong with a value: where it stands, what was expected there, and what came (as the reader wrote it). */
export interface Explained {
  readonly path: KeyPath;
  readonly expected: string;
  readonly got: string;
  /** The key itself is wrong, not its value. */
  readonly atKey: boolean;
}

/** zod's issues in the project's own words; a union's are those of the branch that came nearest. */
export function explainIssues(schema: z.ZodType, issues: readonly Issue[], above: KeyPath = []): Explained[] {
  return issues.flatMap((issue) => {
    const path = [...above, ...issue.path];
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => explainKey(schema, path, key));
    if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      const branches = issue.errors.map((branch) => explainIssues(schema, branch, path));
      if (branches.every((branch) => branch.length === 1 && branch[0]!.path.length === path.length)) {
        const expected = branches.map((branch) => branch[0]!.expected).join(' or ');
        return [{path, expected, got: show(issue.input), atKey: false}];
      }
      // Those that could not take this kind of value at all say nothing of what is in it.
      const within = branches.filter((branch) => branch.every((one) => one.path.length > path.length));
      return (within.length > 0 ? within : branches).reduce((best, branch) =>
        badness(branch) < badness(best) ? branch : best,
      );
    }
    if (issue.code === 'invalid_key') {
      const expected = trimExpected(issue.issues[0]?.message ?? issue.message);
      return [{path, expected, got: show(path.at(-1)), atKey: true}];
    }
    return [{path, expected: expectation(issue), got: show(issue.input), atKey: false}];
  });
}

/** A branch whose keys are all known came nearer than one that has unknown ones; then the fewer problems, the nearer. */
function badness(branch: readonly Explained[]): number {
  return branch.filter((one) => one.atKey).length * 1000 + branch.length;
}

function explainKey(schema: z.ZodType, path: KeyPath, key: string): Explained {
  const expected = oneOf(key, keysAt(schema, path), {one: 'a known key', all: 'the keys'});
  return {path: [...path, key], expected, got: `the unknown key "${key}"`, atKey: true};
}

/** What was expected in a name's place: the nearest known one, else all that are known. */
export function oneOf(
  name: string,
  known: readonly string[],
  called: {readonly one: string; readonly all: string},
): string {
  const nearest = known.length > 0 ? closest(name, known) : undefined;
  const near = nearest !== undefined && distance(name, nearest) <= Math.max(2, Math.ceil(name.length / 3));
  return near ? `${called.one} (did you mean "${nearest}"?)` : `one of ${called.all} ${known.join(', ')}`;
}

const WHAT: Record<string, string> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys',
  record: 'a map of names',
};

function expectation(issue: Issue): string {
  // A schema's own words say more than its type.
  if (issue.message.startsWith('expected ')) return trimExpected(issue.message);
  switch (issue.code) {
    case 'invalid_type':
      return WHAT[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.length === 1
        ? show(issue.values[0])
        : `one of ${issue.values.map(show).join(', ')}`;
    case 'too_small':
      return size(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum);
    case 'too_big':
      return size(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum);
    case 'invalid_format':
      return `a valid ${issue.format}`;
    default:
      return issue.message;
  }
}

function size(origin: string, relation: string, bound: number | bigint): string {
  if (origin === 'string') return `a text of ${relation} ${bound} character${bound === 1 ? '' : 's'}`;
  if (origin === 'array') return `a list of ${relation} ${bound} element${bound === 1 ? '' : 's'}`;
  return `a number ${relation} ${bound}`;
}

function trimExpected(message: string): string {
  return message.replace(/^expected /, '');
}

/** A value as one short piece of text: JSON, cut at 60 characters. */
function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** Every key a schema knows at a path, over all branches of a union. */
function keysAt(schema: z.ZodType, path: KeyPath): string[] {
  let reached: Inner[] = [schema as unknown as Inner].flatMap(unwrap);
  for (const step of path) reached = reached.flatMap((one) => into(one, step)).flatMap(unwrap);
  return [...new Set(reached.flatMap((one) => Object.keys(one._zod.def.shape ?? {})))];
}

/** The part of a zod schema's own description that is walked here. */
interface Inner {
  readonly _zod: {
    readonly def: {
      readonly shape?: Record<string, Inner>;
      readonly innerType?: Inner;
      readonly in?: Inner;
      readonly element?: Inner;
      readonly valueType?: Inner;
      readonly options?: readonly Inner[];
    };
  };
}

function unwrap(schema: Inner): Inner[] {
  const {innerType, in: input, options} = schema._zod.def;
  if (innerType) return unwrap(innerType);
  if (input) return unwrap(input);
  if (options) return options.flatMap(unwrap);
  return [schema];
}

function into(schema: Inner, step: PropertyKey): Inner[] {
  const {shape, element, valueType} = schema._zod.def;
  const next = typeof step === 'number' ? element : (shape?.[String(step)] ?? valueType);
  return next ? [next] : [];
}
