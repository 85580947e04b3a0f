import {describe, expect, test} from 'vitest';
import {evaluatePromptTest} from '../../../../../core/prompts/files/tests/evaluate-prompt-test.ts';
import {
  checkPromptTests,
  promptTestCases,
  type PromptTestCase,
} from '../../../../../core/prompts/files/tests/prompt-test-cases.ts';
import {readPromptTests} from '../../../../../schemas/prompt-file/read-tests.ts';
import type {PromptAssertion, PromptTests} from '../../../../../schemas/prompt-file/tests.ts';
import {promptProblemLine} from '../../../../../core/prompts/files/parse-prompt-file.ts';
import {TRIAGE, promptOf} from '../prompts.ts';

const FILE = 'prompts/triage.tests.yaml';

function testsOf(yaml: string): PromptTests {
  const read = readPromptTests(yaml, FILE);
  if (!read.ok) throw new Error(read.problems.map(promptProblemLine).join('\n'));
  return read.value;
}

describe('a tests file', () => {
  const yaml = `
defaultTest:
  vars: {subject: Hi, body: Lunch?}
  assert:
    - {type: not-icontains, value: sorry}
tests:
  - description: spam is spam
    vars: {body: Buy now}
    assert:
      - {type: equals, value: spam}
      - {type: llm-rubric, value: 'says why "{{ body }}" is spam', weight: 0}
    threshold: 0
  - assert: [{type: equals, value: {label: '{{subject}}'}}]
`;

  test('has its defaults in each test, and vars in values', () => {
    expect(promptTestCases(testsOf(yaml))).toEqual([
      {
        name: 'spam is spam',
        vars: {subject: 'Hi', body: 'Buy now'},
        assert: [
          {type: 'not-icontains', value: 'sorry'},
          {type: 'equals', value: 'spam'},
          {type: 'llm-rubric', value: 'says why "Buy now" is spam', weight: 0},
        ],
        threshold: 0,
      },
      {
        name: 'test 2',
        vars: {subject: 'Hi', body: 'Lunch?'},
        assert: [
          {type: 'not-icontains', value: 'sorry'},
          {type: 'equals', value: {label: 'Hi'}},
        ],
        threshold: null,
      },
    ]);
  });

  test('fits its prompt, or says where not', () => {
    const prompt = promptOf(TRIAGE);
    expect(checkPromptTests(prompt, testsOf(yaml))).toEqual([]);
    const wrong = testsOf(`
tests:
  - vars: {subject: 1}
    assert: [{type: regex, value: '('}, {type: equals, value: '{{ subject }}'}]
  - vars: {subject: a, body: b}
    assert: [{type: equals, value: '{{ boddy }}'}]
`);
    expect(checkPromptTests(prompt, wrong)).toEqual([
      'tests[0].vars: values of prompt "p": subject: expected a string, got a number; body: expected a string, got nothing',
      'tests[0], regex: expected a regular expression of RE2 (no lookaround, no back-references), got "(": missing closing ): `(`',
      `tests[1]: test 2: expected one of its vars subject, body in an assertion's value, got {{boddy}}`,
    ]);
  });

  test.for<[string, string]>([
    [
      'tests: file://tests.csv',
      ':1:1: tests: expected a list of tests, as tests read no files, got "file://tests.csv"',
    ],
    ['tests: []', ':1:1: tests: expected a list of at least 1 element, got []'],
    [
      'tests: [{vars: file://vars.yaml, assert: [{type: is-json}]}]',
      ':1:10: tests[0].vars: expected a map of names, as tests read no files, got "file://vars.yaml"',
    ],
    [
      'tests: [{vars: {a: file://a.txt}, assert: [{type: is-json}]}]',
      ':1:17: tests[0].vars.a: expected a value, as tests read no files, got "file://a.txt"',
    ],
    [
      'tests: [{assert: [{type: is-json, value: file://a.json}]}]',
      ':1:35: tests[0].assert[0].value: expected a value, as tests read no files',
    ],
    [
      'tests: [{vars: {a: 1}}]',
      ':1:9: tests[0]: expected an assertion, here or in defaultTest: a test without one shows nothing',
    ],
    [
      'tests: [{assert: [{type: javascript, value: x}]}]',
      'expected another assertion, as javascript runs code that the tests bring along: write a metric of your own (gauntlet.metrics) instead',
    ],
    ['tests: [{assert: [{type: not-python, value: x}]}]', 'expected another assertion, as python runs code'],
    [
      'tests: [{assert: [{type: contain, value: x}]}]',
      'expected a known assertion (did you mean "contains"?), got "contain"',
    ],
    [
      'tests: [{assert: [{type: contains}]}]',
      'tests[0].assert[0].value: expected a text or a number for contains',
    ],
    ['tests: [{assert: [{type: contains, value: ""}]}]', 'expected a text or a number for contains, got ""'],
    [
      'tests: [{assert: [{type: contains-any, value: []}]}]',
      'expected a text, or a list of texts that is not empty, for contains-any',
    ],
    [
      'tests: [{assert: [{type: contains, value: a, threshold: 1}]}]',
      'threshold: expected none, as contains has no score, got 1',
    ],
    ['tests: [{assert: [{type: latency}]}]', 'threshold: expected a number for latency'],
    [
      'tests: [{assert: [{type: equals, value: a, provider: b}]}]',
      'expected one of the keys type, value, threshold, weight, metric, got the unknown key "provider"',
    ],
    [
      'providers: [a]\ntests: [{assert: [{type: is-json}]}]',
      ':1:1: providers: expected one of the keys description, defaultTest, tests, got the unknown key "providers"',
    ],
  ])('%s is refused', ([text, message]) => {
    const read = readPromptTests(text, FILE);
    expect(read.ok ? [] : read.problems.map(promptProblemLine)).toEqual([expect.stringContaining(message)]);
  });
});

describe('a test', () => {
  const testCase = (assert: PromptAssertion[], threshold: number | null = null): PromptTestCase => ({
    name: 't',
    vars: {},
    assert,
    threshold,
  });
  const yes: PromptAssertion = {type: 'equals', value: 'a'};
  const no: PromptAssertion = {type: 'equals', value: 'b'};
  const judged: PromptAssertion = {type: 'llm-rubric', value: 'is polite'};

  test.for<[string, PromptAssertion[], number | null, object]>([
    ['passes where all hold', [yes, yes], null, {status: 'pass', score: 1, reason: ''}],
    [
      'fails where one does not',
      [yes, no],
      null,
      {status: 'fail', score: 0.5, reason: 'expected the answer to be "b", got "a"'},
    ],
    ['is decided by its threshold, where it has one', [yes, no], 0.5, {status: 'pass', score: 0.5}],
    ['of a threshold of 0 passes with any score', [no], 0, {status: 'pass', score: 0}],
    [
      'fails below its threshold',
      [yes, no],
      0.6,
      {status: 'fail', reason: 'expected a score of at least 0.6, got 0.5000'},
    ],
    ['weighs its scores', [{...yes, weight: 3}, no], 0.75, {status: 'pass', score: 0.75}],
    [
      'does not fail by an assertion of weight 0',
      [yes, {...no, weight: 0}],
      null,
      {status: 'pass', score: 1},
    ],
    [
      'waits for what it needs',
      [yes, judged],
      null,
      {status: 'incomplete', score: null, reason: 'llm-rubric needs a judge'},
    ],
    ['has failed before that', [no, judged], null, {status: 'fail', score: null}],
    ['has not, where its threshold decides', [no, judged], 0.5, {status: 'incomplete'}],
    [
      'does not wait for what counts nothing',
      [yes, {...judged, weight: 0}],
      null,
      {status: 'pass', score: 1},
    ],
  ])('%s', ([, assert, threshold, result]) => {
    expect(evaluatePromptTest(testCase(assert, threshold), {text: 'a'})).toMatchObject(result);
  });

  test('goes on with what was asked for', () => {
    const outcomes = new Map([[1, {status: 'scored' as const, pass: true, score: 0.8, reason: ''}]]);
    expect(evaluatePromptTest(testCase([yes, judged]), {text: 'a'}, outcomes)).toMatchObject({
      status: 'pass',
      score: 0.9,
    });
  });

  test('averages the scores of a metric, those of weight 0 too', () => {
    const assert = [
      {...yes, metric: 'm', weight: 3},
      {...no, metric: 'm'},
      {...no, metric: 'n', weight: 0},
    ];
    expect(evaluatePromptTest(testCase(assert), {text: 'a'}).metrics).toEqual({m: 0.75, n: 0});
  });
});
