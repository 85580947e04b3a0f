import type {z} from 'zod';
import {closest, distance} from 'fastest-levenshtein';

type Issue = z.core.$ZodIssue;
export type KeyPath = readonly PropertyKey[];

/** One thing wrong with a value: where it stands, what was expected there, and what came (as the reader wrote it). */
export interface Explained {
  readonly path: KeyPath;
  readonly expected: string;
  /** '' where it must not be shown. */
  readonly got: string;
  /** A schema's own sentence, which says all of it. */
  readonly own?: string;
  /** The key itself is wrong, not its value. */
  readonly atKey: boolean;
}

/**
 * What is wrong with a value, in one line without any of zod's own words: `key: expected …, got …; …`. What came is named only
 * where the value was parsed with `reportInput`: elsewhere it may be somebody's secret. With the schema, unknown keys get
 * the nearest known one. `whole` stands for the value itself.
 * @example explainError(parsed.error, ChatRequest, 'body') // 'messages: expected a list'
 */
export function explainError(
  {issues}: Pick<z.ZodError, 'issues'>,
  schema?: z.ZodType,
  whole = 'the value',
): string {
  return explainIssues(schema, issues)
    .map(({path, expected, got, own}) => {
      const key = keyText(path) || whole;
      if (own !== undefined) return `${key}: ${own}`;
      return `${key}: expected ${expected}${got === '' ? '' : `, got ${got}`}`;
    })
    .join('; ');
}

/** One issue without where it is: the schema's own words, else what was expected. */
export function issueWords(issue: Issue): string {
  const said = ownWords(issue);
  if (said !== null) return said;
  const [first] = explainIssues(undefined, [issue]);
  return first?.own ?? `expected ${first?.expected ?? 'another value'}`;
}

/** The first thing wrong alone: what is large has thousands. */
export function firstOf({issues}: Pick<z.ZodError, 'issues'>): Pick<z.ZodError, 'issues'> {
  return {issues: issues.slice(0, 1)};
}

/** `gauntlet.gates[0].metric` */
export function keyText(path: KeyPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? String(step) : `${text}.${String(step)}`;
  }, '');
}

/** zod's issues in the project's own words; a union's are those of the branch that came nearest. */
export function explainIssues(
  schema: z.ZodType | undefined,
  issues: readonly Issue[],
  above: KeyPath = [],
): Explained[] {
  return issues.flatMap((issue) => {
    const path = [...above, ...issue.path];
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => explainKey(schema, path, key));
    if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      const branches = issue.errors.map((branch) => explainIssues(schema, branch, path));
      if (branches.every((branch) => branch.length === 1 && branch[0]!.path.length === path.length)) {
        const expected = branches.map((branch) => branch[0]!.expected).join(' or ');
        return [{path, expected, got: came(issue), atKey: false}];
      }
      // Those that could not take this kind of value at all say nothing of what is in it.
      const within = branches.filter((branch) => branch.every((one) => one.path.length > path.length));
      return (within.length > 0 ? within : branches).reduce((best, branch) =>
        badness(branch) < badness(best) ? branch : best,
      );
    }
    if (issue.code === 'invalid_key') {
      const [first] = issue.issues;
      const expected = first === undefined ? 'another name' : expectation(first);
      return [{path, expected, got: show(path.at(-1)), atKey: true}];
    }
    const said = ownWords(issue);
    return [
      {
        path,
        expected: expectation(issue),
        got: came(issue),
        atKey: false,
        ...(said === null || said.startsWith('expected ') ? {} : {own: said}),
      },
    ];
  });
}

/** A branch whose keys are all known came nearer than one that has unknown ones; then the fewer problems, the nearer. */
function badness(branch: readonly Explained[]): number {
  return branch.filter((one) => one.atKey).length * 1000 + branch.length;
}

function explainKey(schema: z.ZodType | undefined, path: KeyPath, key: string): Explained {
  const known = schema === undefined ? [] : keysAt(schema, path);
  const expected =
    known.length === 0 ? 'a known key' : oneOf(key, known, {one: 'a known key', all: 'the keys'});
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
  bigint: 'a whole number',
  nan: 'no number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  set: 'a list',
  object: 'a map of keys',
  record: 'a map of names',
  map: 'a map of names',
  date: 'a date',
  null: 'null',
  undefined: 'nothing',
  void: 'nothing',
  never: 'nothing',
  optional: 'a value',
  nonoptional: 'a value',
};

const FORMATS: Record<string, string> = {
  datetime: 'a time such as 2026-01-31T12:30:00Z',
  date: 'a date such as 2026-01-31',
  time: 'a time of day such as 12:30:00',
  duration: 'a duration such as PT30M',
  url: 'a URL',
  email: 'an e-mail address',
  base64: 'base64',
  base64url: 'base64url',
  uuid: 'a UUID',
  json_string: 'JSON',
};

function expectation(issue: Issue): string {
  // A schema's own words say more than its type.
  const said = ownWords(issue);
  if (said !== null) return trimExpected(said);
  switch (issue.code) {
    case 'invalid_type':
      return WHAT[issue.expected] ?? 'another kind of value';
    case 'invalid_value':
      return oneOfValues(issue.values);
    case 'too_small':
      return size(issue, issue.inclusive === false ? 'more than' : 'at least', issue.minimum);
    case 'too_big':
      return size(issue, issue.inclusive === false ? 'less than' : 'at most', issue.maximum);
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    case 'invalid_format':
      return formatted(issue);
    case 'invalid_union': {
      // Of a discriminated union, whose values zod's types do not name.
      const {options} = issue as {readonly options?: readonly unknown[]};
      return options === undefined || options.length === 0 ? 'another value' : oneOfValues(options);
    }
    default:
      return 'another value';
  }
}

function formatted(issue: Extract<Issue, {code: 'invalid_format'}>): string {
  const given = issue as unknown as Record<string, unknown>;
  if (issue.format === 'regex') return `a text of the form ${String(given['pattern'])}`;
  if (issue.format === 'starts_with') return `a text that begins with ${show(given['prefix'])}`;
  if (issue.format === 'ends_with') return `a text that ends with ${show(given['suffix'])}`;
  if (issue.format === 'includes') return `a text with ${show(given['includes'])} in it`;
  return FORMATS[issue.format] ?? `a text of the form ${issue.format}`;
}

function oneOfValues(values: readonly unknown[]): string {
  return values.length === 1 ? show(values[0]) : `one of ${values.map(show).join(', ')}`;
}

/** What zod says where a schema says nothing: never shown to anybody. */
const ZODS = /^(Invalid\b|Too (small|big)\b|Unrecognized key)/;

/** A schema's own words; null where it has none. */
function ownWords({message}: Issue): string | null {
  return ZODS.test(message) ? null : message;
}

function size(
  {origin, exact}: {readonly origin: string; readonly exact?: boolean},
  atLeast: string,
  bound: number | bigint,
): string {
  const relation = exact ? 'exactly' : atLeast;
  const s = Number(bound) === 1 ? '' : 's';
  if (origin === 'string') return `a text of ${relation} ${bound} character${s}`;
  if (origin === 'array' || origin === 'set') return `a list of ${relation} ${bound} element${s}`;
  if (origin === 'object' || origin === 'map') return `a map of ${relation} ${bound} name${s}`;
  return `a number ${relation} ${bound}`;
}

/** What came, where the parser was asked to say so. */
function came(issue: Issue): string {
  return Object.hasOwn(issue, 'input') ? show(issue.input) : '';
}

function trimExpected(message: string): string {
  return message.replace(/^expected /, '');
}

/** A value as one short piece of text: JSON, cut at 60 characters. */
function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  const text =
    JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? String(one) : one)) ?? typeof value;
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
