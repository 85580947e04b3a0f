import {readdirSync} from 'node:fs';
import path from 'node:path';
import {describe, expect, test} from 'vitest';
import {z} from 'zod';
import {explainError, issueWords} from '../../schemas/explain-issue.ts';

/** How zod speaks; nobody outside the code should read it. */
const ZODS =
  /Invalid (input|option|string|key|value|number|discriminator|[A-Z])|Too (small|big)|Unrecognized key|, received |✖|→ at|"code":/;

const ODD: readonly unknown[] = [
  undefined,
  null,
  true,
  false,
  0,
  -1,
  1.5,
  NaN,
  Infinity,
  1e400,
  '',
  'x',
  'X '.repeat(500),
  '2026-02-31',
  [],
  [1],
  [null],
  [[]],
  {},
  {v: 1},
  {v: 'x'},
  {unknown: 1},
  {v: 1, project: 7, kind: []},
  new Date(0),
  10n,
  {status: 'x'},
  {type: 'y'},
  {'': ''},
  Object.fromEntries(Array.from({length: 40}, (_, i) => [`k${i}`, i])),
];

const files = readdirSync(path.join(import.meta.dirname, '../../schemas'), {recursive: true})
  .map(String)
  .filter((name) => name.endsWith('.ts'));

/** Values that come near what the schema takes: keys of its shape, each with something odd. */
function near(schema: z.ZodType): unknown[] {
  const shape = (schema as {shape?: Record<string, z.ZodType>}).shape;
  if (shape === undefined) return [];
  const keys = Object.keys(shape);
  return ODD.map((odd, i) =>
    Object.fromEntries(keys.map((key, k) => [key, ODD[(i + k) % ODD.length] ?? odd])),
  );
}

describe('no word of zod’s own is in what is said of a value', () => {
  test.each(files)('%s', async (file) => {
    const exported = Object.entries(
      (await import(/* @vite-ignore */ path.join(import.meta.dirname, '../../schemas', file))) as Record<
        string,
        unknown
      >,
    );
    for (const [name, schema] of exported) {
      if (!(schema instanceof z.ZodType)) continue;
      for (const [i, value] of [...ODD, ...near(schema)].entries()) {
        const {error} = schema.safeParse(value, {reportInput: i % 2 === 0});
        if (error === undefined) continue;
        // One assertion a value: thousands of them take their time.
        const said = [explainError(error, i % 3 === 0 ? undefined : schema), ...error.issues.map(issueWords)];
        expect(
          said.filter((text) => text === '' || ZODS.test(text) || /undefined|\[object/.test(text)),
          name,
        ).toEqual([]);
      }
    }
  });
});

test.each<[string, z.ZodType, unknown, string]>([
  ['a kind', z.object({a: z.int()}), {a: 'x'}, 'a: expected a number, got "x"'],
  ['what is missing', z.object({a: z.string()}), {}, 'a: expected a text, got nothing'],
  ['a choice', z.enum(['on', 'off']), 'of', 'the value: expected one of "on", "off", got "of"'],
  [
    'a union of kinds',
    z.discriminatedUnion('type', [z.object({type: z.literal('a')}), z.object({type: z.literal('b')})]),
    {type: 'c'},
    'type: expected one of "a", "b", got {"type":"c"}',
  ],
  [
    'an unknown key',
    z.strictObject({lora_r: z.int().optional()}),
    {lora_rank: 1},
    'lora_rank: expected a known key (did you mean "lora_r"?), got the unknown key "lora_rank"',
  ],
  ['a format', z.iso.datetime(), 'now', 'the value: expected a time such as 2026-01-31T12:30:00Z, got "now"'],
  ['a pattern', z.string().regex(/^a+$/), 'b', 'the value: expected a text of the form /^a+$/, got "b"'],
  ['a size', z.array(z.int()).length(2), [1], 'the value: expected a list of exactly 2 elements, got [1]'],
  ['a step', z.number().multipleOf(5), 7, 'the value: expected a multiple of 5, got 7'],
  [
    'a key',
    z.record(z.string().min(2), z.int()),
    {a: 1},
    'a: expected a text of at least 2 characters, got "a"',
  ],
  [
    'the schema’s own words',
    z.custom(() => false, 'tools are not served here'),
    1,
    'the value: tools are not served here',
  ],
  [
    'several at once',
    z.object({a: z.int(), b: z.int()}),
    {a: 1.5, b: null},
    'a: expected a whole number, got 1.5; b: expected a number, got null',
  ],
])('says %s', (_, schema, value, line) => {
  expect(explainError(schema.safeParse(value, {reportInput: true}).error!, schema)).toBe(line);
});

test('what came is not told where nobody asked for it', () => {
  expect(explainError(z.object({key: z.int()}).safeParse({key: 'secret'}).error!)).toBe(
    'key: expected a number',
  );
});
