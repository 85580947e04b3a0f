import {z} from 'zod';
import {oneOf} from '../explain-issue.ts';
import {
  ASSERTION_NAMES,
  NOT,
  REFUSED_ASSERTIONS,
  assertionName,
  type AssertionName,
  type AssertionType,
  type AssertionValue,
} from './assertion-names.ts';

const NAMES = Object.keys(ASSERTION_NAMES) as AssertionName[];
export const ASSERTION_TYPES: readonly AssertionType[] = [
  ...NAMES,
  ...NAMES.map((name): AssertionType => `${NOT}${name}`),
];

const NO_FILE = 'expected a value, as tests read no files';
const isFile = (value: unknown): boolean => typeof value === 'string' && value.startsWith('file://');

/** https://www.promptfoo.dev/docs/configuration/expected-outputs/#assertion-properties, those that need no other program. */
export const PromptAssertion = z
  .strictObject({
    type: z.enum(ASSERTION_TYPES, {error: ({input}) => unknownType(input)}),
    value: z.json().optional(),
    threshold: z
      .number()
      .nonnegative()
      .optional()
      .describe('Of a distance, time or cost at most, of a score at least'),
    weight: z
      .number()
      .nonnegative()
      .optional()
      .describe('In the test’s score; 1 where it is missing; with 0 it is measured and fails nothing'),
    metric: z.string().min(1).optional().describe('The scores of one name are averaged'),
  })
  .superRefine(({type, value, threshold}, context) => {
    const declared = ASSERTION_NAMES[assertionName(type).name];
    const problem = (key: 'value' | 'threshold', message: string): void =>
      context.addIssue({code: 'custom', path: [key], message, input: key === 'value' ? value : threshold});
    if (isFile(value)) problem('value', NO_FILE);
    else if (!FITS[declared.value](value)) problem('value', `expected ${WORDS[declared.value]} for ${type}`);
    if (declared.threshold === 'none' && threshold !== undefined)
      problem('threshold', `expected none, as ${type} has no score`);
    if (declared.threshold === 'required' && threshold === undefined)
      problem('threshold', `expected a number for ${type}`);
  });
export type PromptAssertion = z.infer<typeof PromptAssertion>;

const Vars = z
  .record(
    z.string(),
    z.json().refine((value) => !isFile(value), NO_FILE),
    {error: ({input}) => (isFile(input) ? 'expected a map of names, as tests read no files' : undefined)},
  )
  .optional();

const Common = {
  vars: Vars.describe('Values of the prompt’s inputs, by name'),
  assert: z.array(PromptAssertion).optional(),
  threshold: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('What the weighted mean of the scores must reach; decides then, and no single assertion'),
};

export const PromptTest = z.strictObject({description: z.string().optional(), ...Common});
export type PromptTest = z.infer<typeof PromptTest>;

/** `prompts/NAME.tests.yaml`: tests of a prompt, by promptfoo's names. */
export const PromptTests = z
  .strictObject({
    description: z.string().optional(),
    /** For each test: its vars where a test has none of that name, its assertions before those of the test. */
    defaultTest: z.strictObject(Common).optional(),
    tests: z
      .array(PromptTest, {
        error: ({input}) => (isFile(input) ? 'expected a list of tests, as tests read no files' : undefined),
      })
      .min(1),
  })
  .superRefine(({defaultTest, tests}, context) => {
    if ((defaultTest?.assert ?? []).length > 0) return;
    for (const [i, {assert = []}] of tests.entries())
      if (assert.length === 0)
        context.addIssue({
          code: 'custom',
          path: ['tests', i],
          input: tests[i],
          message: 'expected an assertion, here or in defaultTest: a test without one shows nothing',
        });
  });
export type PromptTests = z.infer<typeof PromptTests>;

const isText = (value: unknown): boolean =>
  (typeof value === 'string' && value !== '') || typeof value === 'number';

const FITS: Readonly<Record<AssertionValue, (value: unknown) => boolean>> = {
  none: (value) => value === undefined,
  text: isText,
  texts: (value) => isText(value) || (Array.isArray(value) && value.length > 0 && value.every(isText)),
  pattern: (value) => typeof value === 'string' && value !== '',
  json: (value) => value !== undefined,
  schema: (value) =>
    value === undefined ||
    typeof value === 'boolean' ||
    (typeof value === 'object' && value !== null && !Array.isArray(value)),
  rubric: (value) => typeof value === 'string' && value !== '',
};

const WORDS: Readonly<Record<AssertionValue, string>> = {
  none: 'no value',
  text: 'a text or a number',
  texts: 'a text, or a list of texts that is not empty,',
  pattern: 'a regular expression',
  json: 'a value',
  schema: 'a JSON Schema as a map, or no value,',
  rubric: 'what the judge is asked, as a text,',
};

function unknownType(input: unknown): string {
  const written = String(input);
  const bare = written.startsWith(NOT) ? written.slice(NOT.length) : written;
  const refused = Object.hasOwn(REFUSED_ASSERTIONS, bare) ? REFUSED_ASSERTIONS[bare] : undefined;
  if (refused !== undefined) return `expected another assertion, as ${bare} ${refused}`;
  return `expected ${oneOf(written, ASSERTION_TYPES.slice(0, NAMES.length), {one: 'a known assertion', all: 'the assertions'})}`;
}
