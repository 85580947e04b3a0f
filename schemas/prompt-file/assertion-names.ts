/** The assertions of prompt tests, by promptfoo's names. No zod in here. */

/**
 * What an assertion's `value` is: `none`; `text`, a string or number that is not empty; `texts`, one or a list of these; `pattern`, a
 * regular expression; `json`, anything; `schema`, a JSON Schema or nothing; `rubric`, the words for a judge.
 */
export type AssertionValue = 'none' | 'text' | 'texts' | 'pattern' | 'json' | 'schema' | 'rubric';

interface Declared {
  readonly value: AssertionValue;
  readonly threshold: 'none' | 'optional' | 'required';
}

export const ASSERTION_NAMES = {
  'equals': {value: 'json', threshold: 'none'},
  'contains': {value: 'text', threshold: 'none'},
  'icontains': {value: 'text', threshold: 'none'},
  'contains-all': {value: 'texts', threshold: 'none'},
  'contains-any': {value: 'texts', threshold: 'none'},
  'icontains-all': {value: 'texts', threshold: 'none'},
  'icontains-any': {value: 'texts', threshold: 'none'},
  'starts-with': {value: 'text', threshold: 'none'},
  'regex': {value: 'pattern', threshold: 'none'},
  'is-json': {value: 'schema', threshold: 'none'},
  'contains-json': {value: 'schema', threshold: 'none'},
  'levenshtein': {value: 'text', threshold: 'optional'},
  'rouge-n': {value: 'text', threshold: 'optional'},
  'bleu': {value: 'texts', threshold: 'optional'},
  'latency': {value: 'none', threshold: 'required'},
  'cost': {value: 'none', threshold: 'required'},
  'similar': {value: 'texts', threshold: 'optional'},
  'llm-rubric': {value: 'rubric', threshold: 'optional'},
  'model-graded-closedqa': {value: 'rubric', threshold: 'optional'},
  'factuality': {value: 'rubric', threshold: 'optional'},
  'g-eval': {value: 'rubric', threshold: 'optional'},
} as const satisfies Readonly<Record<string, Declared>>; // prettier-ignore
export type AssertionName = keyof typeof ASSERTION_NAMES;

/** In front of a name: the assertion holds where the other one does not. */
export const NOT = 'not-';
export type AssertionType = AssertionName | `${typeof NOT}${AssertionName}`;

/** `not-contains` → `contains`, inverse. */
export function assertionName(type: AssertionType): {
  readonly name: AssertionName;
  readonly inverse: boolean;
} {
  const inverse = type.startsWith(NOT);
  return {name: (inverse ? type.slice(NOT.length) : type) as AssertionName, inverse};
}

/** promptfoo's other names that people bring, and why there is none here. */
export const REFUSED_ASSERTIONS: Readonly<Record<string, string>> = {
  javascript: 'runs code that the tests bring along: write a metric of your own (gauntlet.metrics) instead',
  python: 'runs code that the tests bring along: write a metric of your own (gauntlet.metrics) instead',
  ruby: 'runs code that the tests bring along: write a metric of your own (gauntlet.metrics) instead',
  webhook: 'sends answers to an address that the project’s settings do not name',
};
