import {ErrorType, RatchetError} from '../../../../schemas/errors.ts';
import type {PromptArtifact} from '../../../../schemas/prompt-file.ts';
import {assertionName, type AssertionType} from '../../../../schemas/prompt-file/assertion-names.ts';
import type {PromptAssertion, PromptTest, PromptTests} from '../../../../schemas/prompt-file/tests.ts';
import {fillTemplate, templateVariables} from '../../fill.ts';
import {inputValues} from '../input-values.ts';
import {schemaCheck} from './json-schema.ts';
import {linearRegExp} from './linear-regexp.ts';

/** A test with its defaults in it. */
export interface PromptTestCase {
  /** Its own words, else `test 3`, counted from 1. */
  readonly name: string;
  readonly vars: Readonly<Record<string, unknown>>;
  readonly assert: readonly PromptAssertion[];
  readonly threshold: number | null;
}

/**
 * The tests of a file: vars over those of defaultTest, assertions behind its, `{{var}}` in values filled in. Throws InvalidInput for a
 * `{{var}}` that a test does not have, which would be looked for as an empty text.
 */
export function promptTestCases({defaultTest, tests}: PromptTests): PromptTestCase[] {
  return tests.map((test, i) => testCase(test, defaultTest, i));
}

function testCase(test: PromptTest, defaults: PromptTests['defaultTest'] = {}, i: number): PromptTestCase {
  const name = test.description ?? `test ${i + 1}`;
  const vars = {...defaults.vars, ...test.vars};
  const assert = [...(defaults.assert ?? []), ...(test.assert ?? [])];
  return {
    name,
    vars,
    assert: assert.map((one) => ({...one, value: filled(one.value, vars, name)})),
    threshold: test.threshold ?? defaults.threshold ?? null,
  };
}

/** Every reason why these tests cannot run with this prompt, a line each: values that do not fit its inputs, patterns that are none. */
export function checkPromptTests(
  prompt: Pick<PromptArtifact, 'name' | 'inputs'>,
  {defaultTest, tests}: PromptTests,
): string[] {
  return tests.flatMap((test, i) => {
    let resolved: PromptTestCase;
    try {
      resolved = testCase(test, defaultTest, i);
    } catch (error) {
      return [`tests[${i}]: ${(error as Error).message}`];
    }
    const problems = resolved.assert.flatMap(({type, value}) => {
      const why = brokenValue(type, value);
      return why === null ? [] : [`tests[${i}], ${type}: ${why}`];
    });
    try {
      inputValues(prompt, resolved.vars);
      return problems;
    } catch (error) {
      return [`tests[${i}].vars: ${(error as Error).message}`, ...problems];
    }
  });
}

function brokenValue(type: AssertionType, value: PromptAssertion['value']): string | null {
  const {name} = assertionName(type);
  if (name === 'regex') return whyOf(linearRegExp(value as string));
  if (name === 'is-json' || name === 'contains-json')
    return value === undefined ? null : whyOf(schemaCheck(value as object | boolean));
  return null;
}

function whyOf(read: object): string | null {
  return 'why' in read ? String(read.why) : null;
}

/** promptfoo fills vars into values, too: https://www.promptfoo.dev/docs/configuration/expected-outputs/ */
function filled(
  value: PromptAssertion['value'],
  vars: Readonly<Record<string, unknown>>,
  test: string,
): PromptAssertion['value'] {
  if (typeof value === 'string') {
    const missing = templateVariables(value).find((name) => !Object.hasOwn(vars, name));
    if (missing !== undefined)
      throw new RatchetError(
        ErrorType.InvalidInput,
        `${test}: expected one of its vars ${Object.keys(vars).join(', ')} in an assertion's value, got {{${missing}}}`,
      );
    const texts = Object.entries(vars).map(([name, one]) => [
      name,
      typeof one === 'string' ? one : JSON.stringify(one),
    ]);
    return fillTemplate(value, Object.fromEntries(texts) as Record<string, string>);
  }
  if (Array.isArray(value)) return value.map((one) => filled(one, vars, test) ?? null);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, filled(one, vars, test) ?? null]),
  );
}
