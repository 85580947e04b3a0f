import {describe, expect, test} from 'vitest';
import {z} from 'zod';
import {writtenByNewer} from '../../schemas/newer.ts';
import {failsClosed, known, tolerant} from '../../schemas/tolerant.ts';

const Slot = z.strictObject({release: z.string(), weight: z.number()});
const cases: readonly {
  readonly name: string;
  readonly schema: z.ZodType;
  readonly value: unknown;
  readonly known: unknown;
  /** As it is read: `value` if missing. */
  readonly read?: unknown;
}[] = [
  {name: 'an object', schema: Slot, value: {release: 'a', weight: 1, x: 2}, known: {release: 'a', weight: 1}},
  {
    name: 'an object that drops what it does not know',
    schema: z.object({a: z.int()}),
    value: {a: 1, x: 2},
    known: {a: 1},
  },
  {
    name: 'nested objects, nullable and optional',
    schema: z.strictObject({
      canary: Slot.nullable(),
      shadow: Slot.optional(),
      twice: Slot.nullish().readonly(),
    }),
    value: {
      canary: {release: 'a', weight: 1, x: 2},
      shadow: {release: 'b', weight: 1, y: {z: 1}},
      twice: {release: 'c', weight: 1, x: null},
    },
    known: {
      canary: {release: 'a', weight: 1},
      shadow: {release: 'b', weight: 1},
      twice: {release: 'c', weight: 1},
    },
  },
  {
    name: 'arrays, tuples and records',
    schema: z.strictObject({
      list: z.array(Slot),
      pair: z.tuple([Slot, z.int()], Slot),
      named: z.record(z.string(), Slot),
    }),
    value: {
      list: [{release: 'a', weight: 1, x: 2}],
      pair: [{release: 'a', weight: 1, x: 2}, 7, {release: 'b', weight: 1, x: 2}],
      named: {x: {release: 'a', weight: 1, x: 2}},
    },
    known: {
      list: [{release: 'a', weight: 1}],
      pair: [{release: 'a', weight: 1}, 7, {release: 'b', weight: 1}],
      named: {x: {release: 'a', weight: 1}},
    },
  },
  {
    name: 'names of an enumeration that need not all be there',
    schema: z.partialRecord(z.enum(['curate', 'train']), z.strictObject({status: z.string()})),
    value: {curate: {status: 'done', x: 1}, distill: {status: 'done'}},
    known: {curate: {status: 'done'}},
  },
  {
    name: 'names of an enumeration that are all there',
    schema: z.record(z.enum(['train', 'golden']), z.int()),
    value: {train: 1, golden: 2, x: 3},
    known: {train: 1, golden: 2},
  },
  {
    name: 'defaults and what stands before them',
    schema: z.strictObject({
      a: z.strictObject({n: z.int().default(1)}).prefault({}),
      b: Slot.default({release: 'b', weight: 0}),
    }),
    value: {a: {x: 2}},
    read: {a: {x: 2, n: 1}, b: {release: 'b', weight: 0}},
    known: {a: {n: 1}, b: {release: 'b', weight: 0}},
  },
  {
    name: 'a discriminated union',
    schema: z.discriminatedUnion('status', [
      z.strictObject({status: z.literal('approved'), at: z.string()}),
      z.strictObject({status: z.literal('rejected'), comment: z.string()}),
    ]),
    value: {status: 'rejected', comment: 'no', x: 2},
    known: {status: 'rejected', comment: 'no'},
  },
  {
    name: 'a union',
    schema: z.union([z.string(), z.strictObject({setShadow: z.int()}), z.strictObject({setWeight: z.int()})]),
    value: {setWeight: 5, x: 2},
    known: {setWeight: 5},
  },
  {
    name: 'what is transformed behind it',
    schema: z
      .strictObject({a: z.int()})
      .refine(({a}) => a > 0)
      .transform((value) => ({...value, b: value.a + 1})),
    value: {a: 1, x: 2},
    read: {a: 1, b: 2, x: 2},
    known: {a: 1, b: 2},
  },
  {
    name: 'an object with keys of its own choosing',
    schema: z.strictObject({a: z.int()}).catchall(z.string()),
    value: {a: 1, x: 'kept'},
    known: {a: 1, x: 'kept'},
  },
];

describe.each(cases)('$name', ({schema, value, known: without, read = value}) => {
  test('is read with keys that nobody knows, which are kept', () => {
    expect(tolerant(schema).parse(value)).toEqual(read);
  });

  test('is known without them', () => {
    expect(known(schema).parse(value)).toEqual(without);
  });

  test('is made once', () => {
    expect(tolerant(schema)).toBe(tolerant(schema));
    expect(known(schema)).toBe(known(schema));
  });
});

test('an object that holds itself', () => {
  const Node: z.ZodType = z.strictObject({
    name: z.string(),
    get children(): z.ZodType {
      return z.array(Node);
    },
  });
  const Lazy: z.ZodType = z.lazy(() => z.strictObject({next: Lazy.nullable()}));
  const tree = {name: 'a', x: 1, children: [{name: 'b', x: 2, children: []}]};
  expect(tolerant(Node).parse(tree)).toEqual(tree);
  expect(known(Node).parse(tree)).toEqual({name: 'a', children: [{name: 'b', children: []}]});
  const chain = {next: {next: null, x: 1}, x: 2};
  expect(tolerant(Lazy).parse(chain)).toEqual(chain);
});

describe('what is no unknown key', () => {
  test('values of known keys are checked as ever', () => {
    for (const value of [
      {release: 1, weight: 1},
      {release: 'a', x: 1},
      null,
      [],
      {release: 'a', weight: '1', x: 2},
    ])
      expect(tolerant(Slot).safeParse(value).success).toBe(false);
    const Counts = z.record(z.enum(['train', 'golden']), z.int());
    for (const value of [{train: 1}, {train: 1, golden: 2, x: '3'}])
      expect(tolerant(Counts).safeParse(value).success).toBe(false);
  });

  test('refinements hold', () => {
    const Range = z.strictObject({min: z.number(), max: z.number()}).refine(({min, max}) => min < max);
    expect(tolerant(Range).safeParse({min: 1, max: 2, x: 3}).success).toBe(true);
    expect(tolerant(Range).safeParse({min: 2, max: 1, x: 3}).success).toBe(false);
  });

  test('a union’s option does not take what another one knows for a key that nobody does', () => {
    const Step = z.union([
      z.strictObject({pause: z.int()}),
      z.strictObject({pause: z.int(), until: z.iso.datetime()}),
    ]);
    expect(tolerant(Step).parse({pause: 1, until: '2002-12-03T11:46:36Z', x: 1})).toHaveProperty('until');
    expect(tolerant(Step).safeParse({pause: 1, until: 'the cows come home'}).success).toBe(false);
  });

  test('a new member of a union, or of an enumeration, stays unread', () => {
    const Known = z.discriminatedUnion('kind', [z.strictObject({kind: z.literal('a')})]);
    expect(tolerant(Known).safeParse({kind: 'b'}).success).toBe(false);
    expect(tolerant(z.enum(['a'])).safeParse('b').success).toBe(false);
  });
});

test('what fails closed stays strict, wherever it stands', () => {
  const Rules = failsClosed(z.strictObject({block: z.array(z.string())}));
  const Release = z.strictObject({rules: Rules, parts: z.array(Rules).optional()});
  for (const schema of [tolerant(Release), known(Release)]) {
    expect(schema.safeParse({rules: {block: []}, x: 1}).success).toBe(true);
    expect(schema.safeParse({rules: {block: [], allow: []}}).success).toBe(false);
    expect(schema.safeParse({rules: {block: []}, parts: [{block: [], allow: []}]}).success).toBe(false);
  }
});

test('an inherited name is a key like others, and nothing reaches a prototype', () => {
  const value = JSON.parse(
    '{"release":"a","weight":1,"constructor":1,"toString":2,"hasOwnProperty":3,"__proto__":{"polluted":1}}',
  ) as object;
  const read = tolerant(Slot).parse(value);
  expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  expect(Object.keys(read).sort()).toEqual([
    'constructor',
    'hasOwnProperty',
    'release',
    'toString',
    'weight',
  ]);
  expect(read).not.toHaveProperty('polluted');
});

describe('a newer format', () => {
  const newer = (format: number, newest: number) =>
    `written by a newer Ratchet: format ${format}, this one reads up to ${newest}: update it`;
  const one = z.strictObject({v: z.literal(1), a: z.int()});
  const two = z.strictObject({v: z.literal([2, 3]), b: z.int()});
  const byStatus = z.discriminatedUnion('status', [
    z.strictObject({v: z.literal(1), status: z.literal('row')}),
    z.strictObject({v: z.literal(1), status: z.literal('drop')}),
  ]);
  test.each([
    ['a union', z.union([one, two]), {v: 4, b: 1}, newer(4, 3)],
    ['a union, no member of which fits', z.union([one, two]), {v: 4, c: 1}, newer(4, 3)],
    ['a union of which members are nested', z.union([one, z.union([two, z.null()])]), {v: 9}, newer(9, 3)],
    ['a union by its version', z.discriminatedUnion('v', [one, two]), {v: 4}, newer(4, 3)],
    ['a union by another key', byStatus, {v: 2, status: 'row'}, newer(2, 1)],
    ['a member that is new, too', byStatus, {v: 2, status: 'merged'}, newer(2, 1)],
    ['a lazy one, transformed', z.lazy(() => one.transform(({a}) => a)), {v: 2, a: 1}, newer(2, 1)],
    ['an optional version', z.strictObject({v: z.literal(1).optional()}), {v: 2}, newer(2, 1)],
    ['a version with a default', z.strictObject({v: z.literal(1).default(1)}), {v: 2}, newer(2, 1)],
    ['a version that is read', z.union([one, two]), {v: 3, b: 'no'}, null],
    ['a new member in a version that is read', byStatus, {v: 1, status: 'merged'}, null],
    ['a version as text', z.union([one, two]), {v: '4'}, null],
    ['no object', z.union([one, two]), null, null],
    ['a schema without versions', Slot, {v: 4}, null],
  ] as const)('of %s', (_name, schema, value, expected) => {
    expect(writtenByNewer(value, schema)).toBe(expected);
    expect(tolerant(schema as z.ZodType).safeParse(value).success).toBe(false);
  });
});
