import {describe, expect, test} from 'vitest';
import {ASSERTIONS} from '../../../../../core/prompts/files/tests/assertions.ts';
import {
  ASSERTION_NAMES,
  assertionName,
  type AssertionType,
} from '../../../../../schemas/prompt-file/assertion-names.ts';
import {ASSERTION_TYPES, type PromptAssertion} from '../../../../../schemas/prompt-file/tests.ts';

function evaluated(
  type: AssertionType,
  text: string,
  value?: PromptAssertion['value'],
  threshold?: number,
  measured: {latencyMs?: number; cost?: number} = {},
) {
  const {name, inverse} = assertionName(type);
  return ASSERTIONS[name]({text, ...measured}, {value, threshold, inverse});
}

test('every name has an evaluation, and every evaluation a name', () => {
  expect(Object.keys(ASSERTIONS).sort()).toEqual(Object.keys(ASSERTION_NAMES).sort());
  expect(ASSERTION_TYPES).toHaveLength(2 * Object.keys(ASSERTION_NAMES).length);
});

describe('an assertion and its inverse', () => {
  const schema = {type: 'object', required: ['a'], properties: {a: {type: 'number', minimum: 0}}};
  test.for<[type: AssertionType, text: string, value: PromptAssertion['value'], pass: boolean]>([
    ['equals', 'a', 'a', true],
    ['equals', 'a ', 'a', false],
    ['equals', '5', 5, true],
    ['equals', '{"b": [1], "a": 1.0}', {a: 1, b: [1]}, true],
    ['equals', '{"a": "1"}', {a: 1}, false],
    ['equals', 'not JSON', {a: 1}, false],
    ['equals', '[1]', [1], true],
    ['contains', 'a spam b', 'spam', true],
    ['contains', 'a Spam b', 'spam', false],
    ['contains', 'take 0', 0, true],
    ['icontains', 'ÄRGER', 'ärger', true],
    ['contains-all', 'ab', ['a', 'b'], true],
    ['contains-all', 'ab', ['a', 'c'], false],
    ['contains-all', 'a, b', 'a, b', true],
    ['contains-any', 'ab', ['c', 'b'], true],
    ['contains-any', 'ab', ['c', 'd'], false],
    ['icontains-all', 'AB', ['a', 'b'], true],
    ['icontains-any', 'AB', ['c', 'b'], true],
    ['starts-with', 'spam and', 'spam', true],
    ['starts-with', ' spam', 'spam', false],
    ['regex', 'in 1999', '\\d{4}', true],
    ['regex', 'IN', 'in', false],
    ['regex', 'caf\u00e9', '\\u00e9$', true],
    ['is-json', '{"a": 1}', undefined, true],
    ['is-json', ' 1 ', undefined, true],
    ['is-json', 'x {"a": 1}', undefined, false],
    ['is-json', '{"a": 1}', schema, true],
    ['is-json', '{"a": -1}', schema, false],
    ['is-json', '{}', false, false],
    ['contains-json', 'x {"a": 1} y', undefined, true],
    ['contains-json', 'x {a} y', undefined, false],
    ['contains-json', '[see] {"b": 1} then {"a": 2}', schema, true],
    ['contains-json', 'x {"a": -1}', schema, false],
    ['contains-json', 'x', schema, false],
    ['contains-json', '{ {"a": "}"} ', undefined, true],
  ])('%s of %j and %j: %j', ([type, text, value, pass]) => {
    const outcome = evaluated(type, text, value);
    expect(outcome).toMatchObject({status: 'scored', pass, score: pass ? 1 : 0});
    expect(outcome).toMatchObject({reason: pass ? '' : expect.stringMatching(/^expected the answer /)});
    expect(evaluated(`not-${type}` as AssertionType, text, value)).toMatchObject({
      pass: !pass,
      score: pass ? 0 : 1,
    });
  });
});

describe('distances and scores', () => {
  test.for<
    [
      type: AssertionType,
      text: string,
      value: PromptAssertion['value'],
      threshold: number | undefined,
      pass: boolean,
    ]
  >([
    ['levenshtein', 'spam', 'spam', 0, true],
    ['levenshtein', 'spam', 'spams', 0, false],
    ['levenshtein', 'spam', 'spamspams', undefined, true],
    ['levenshtein', 'spam', 'spamspamsp', undefined, false],
    ['not-levenshtein', 'spam', 'spam', 0, false],
    ['levenshtein', 'x'.repeat(1e7), 'spam', 3, false],
    ['rouge-n', 'the cat sat', 'The cat sat.', undefined, true],
    ['rouge-n', 'the dog ran', 'the cat sat', undefined, false],
    ['rouge-n', 'a dog', 'the cat', 0, true],
    ['not-rouge-n', 'the dog ran', 'the cat sat', undefined, true],
    ['bleu', 'the cat sat on the mat', 'the cat sat on the mat', undefined, true],
    ['bleu', 'the cat sat on the mat', ['no', 'the cat sat on the mat'], 1, true],
    ['bleu', 'no', 'the cat sat on the mat', undefined, false],
    ['bleu', 'no', 'the cat sat on the mat', 0, true],
  ])('%s of %j, %j, threshold %j: %j', ([type, text, value, threshold, pass]) => {
    expect(evaluated(type, text, value, threshold)).toMatchObject({status: 'scored', pass});
  });

  test('a score is graded, an inverse one turned round', () => {
    // ROUGE-1: 1 of 3 words in both.
    expect(evaluated('rouge-n', 'the dog ran', 'the cat sat')).toMatchObject({
      score: expect.closeTo(1 / 3, 10),
      reason: 'expected ROUGE-1 of at least 0.75, got 0.3333',
    });
    expect(evaluated('not-rouge-n', 'the dog ran', 'the cat sat')).toMatchObject({
      score: expect.closeTo(2 / 3, 10),
    });
  });
});

describe('what was not measured', () => {
  test.for<[AssertionType, {latencyMs?: number; cost?: number}, object]>([
    ['latency', {}, {status: 'needs', needs: 'latency', threshold: 100}],
    ['latency', {latencyMs: 100}, {status: 'scored', pass: true}],
    [
      'latency',
      {latencyMs: 101},
      {pass: false, reason: 'expected the answer within 100 ms, got it after 101'},
    ],
    ['not-latency', {latencyMs: 101}, {pass: true}],
    ['cost', {}, {status: 'needs', needs: 'cost'}],
    ['not-cost', {}, {status: 'needs', needs: 'cost', inverse: true}],
    ['cost', {cost: 0}, {pass: true}],
  ])('%s of %j', ([type, measured, outcome]) => {
    expect(evaluated(type, '', undefined, 100, measured)).toMatchObject(outcome);
  });

  test('is asked for: a judge with the rubric, an embedder with the texts', () => {
    expect(evaluated('llm-rubric', 'x', 'is polite')).toEqual({
      status: 'needs',
      needs: 'judge',
      texts: ['is polite'],
      threshold: null,
      inverse: false,
    });
    expect(evaluated('similar', 'x', ['a', 'b'], 0)).toMatchObject({
      needs: 'embedder',
      texts: ['a', 'b'],
      threshold: 0,
    });
    expect(evaluated('similar', 'x', 'a')).toMatchObject({threshold: 0.75});
  });
});

describe('what cannot be decided holds neither way', () => {
  test.for<[AssertionType, PromptAssertion['value'], string]>([
    ['regex', '(?=a)', 'no lookaround'],
    ['regex', '(', 'missing closing'],
    ['is-json', {type: 'nonsense'}, 'expected a JSON Schema'],
    ['is-json', {properties: {a: {pattern: '(?=a)'}}}, 'no lookaround'],
  ])('%s of %j', ([type, value, reason]) => {
    for (const one of [type, `not-${type}` as AssertionType])
      expect(evaluated(one, '{"a": "a"}', value)).toMatchObject({
        pass: false,
        score: 0,
        reason: expect.stringContaining(reason),
      });
  });

  test('JSON beyond its bounds', () => {
    const many = JSON.stringify(Array(20_000).fill(0));
    for (const type of ['is-json', 'not-is-json', 'contains-json'] as const)
      expect(evaluated(type, many, {uniqueItems: true})).toMatchObject({
        pass: false,
        reason: 'expected JSON with at most 10000 values, got more',
      });
  });
});

test.for<[AssertionType, string, PromptAssertion['value']]>([
  ['regex', `${'a'.repeat(1e6)}!`, '^(a+)+$'],
  ['regex', 'a'.repeat(1e6), '(.*)(.*)(.*)(.*)x'],
  ['is-json', JSON.stringify(`${'a'.repeat(1e6)}!`), {pattern: '^(a|a)*$'}],
  ['contains-json', '['.repeat(1e6), undefined],
  ['contains-json', '{"a":['.repeat(1e5), undefined],
])('%s is read in bounded time', ([type, text, value]) => {
  expect(evaluated(type, text, value)).toMatchObject({pass: false});
});

test('a schema may say that it is of draft 7', () => {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    items: [{type: 'number'}],
    type: 'array',
  };
  expect(evaluated('is-json', '["a"]', schema)).toMatchObject({pass: false});
  expect(evaluated('is-json', '[1, "a"]', schema)).toMatchObject({pass: true});
});
