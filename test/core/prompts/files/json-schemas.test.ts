import {readFileSync} from 'node:fs';
import {Ajv2020} from 'ajv/dist/2020.js';
import {describe, expect, test} from 'vitest';
import {parse} from 'yaml';
import {ASSERTION_TYPES} from '../../../../schemas/prompt-file/tests.ts';
import {TRIAGE} from './prompts.ts';

/** What an editor would say of a text. */
function valid(schema: string, yaml: string): boolean {
  const file = new URL(`../../../../schemas/${schema}`, import.meta.url);
  const ajv = new Ajv2020({strict: false, validateFormats: false});
  return ajv.compile(JSON.parse(readFileSync(file, 'utf8')) as object)(parse(yaml));
}

describe('an editor', () => {
  test.for<[boolean, string]>([
    [true, TRIAGE.split('---\n')[1]!],
    [true, 'inputs: {a: {type: object, properties: {b: {type: array, items: {type: string}}}}}'],
    [true, 'response_format: {json_schema: {name: a, schema: {type: object}}}'],
    [false, 'inputs: {a: {type: text}}'],
    [false, 'inputs: {a: {type: array, items: {type: text}}}'],
    [false, 'setings: {}'],
    [false, 'settings: {temperature: 3}'],
  ])('finds front matter %j: %s', ([expected, yaml]) => {
    expect(valid('prompt.schema.json', yaml)).toBe(expected);
  });

  test.for<[boolean, string]>([
    ...ASSERTION_TYPES.map((type): [boolean, string] => [
      true,
      `tests: [{assert: [{type: ${type}, value: a, threshold: 1}]}]`,
    ]),
    [false, 'tests: [{assert: [{type: javascript}]}]'],
    [false, 'tests: [{assert: [{type: equals, valeu: a}]}]'],
    [false, 'tests: []'],
  ])('finds tests %j: %s', ([expected, yaml]) => {
    expect(valid('prompt-tests.schema.json', yaml)).toBe(expected);
  });
});
