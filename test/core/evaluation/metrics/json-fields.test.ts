import {describe, expect, test} from 'vitest';
import {compareFields, isJsonObject} from '../../../../core/evaluation/metrics/json-fields.ts';

const REFERENCE = '{"city":"San José","total":12.5,"tags":["a","b"],"note":null}';
const FIELDS = ['city', 'total', 'tags', 'note'];
const right = (answer: string, reference = REFERENCE, fields = FIELDS) =>
  compareFields(answer, reference, fields)?.right;
const valid = (answer: string, reference = REFERENCE, fields = FIELDS) =>
  compareFields(answer, reference, fields)?.valid;

describe('an answer beside its reference', () => {
  test('is right where each value is the same, however it is written', () => {
    const answer = ' {"tags": ["a", "b"], "total": 1.250e1, "city": "San  Jose\u0301 "} ';
    expect(right(answer)).toEqual([true, true, true, true]);
    expect(valid(answer)).toBe(true);
  });
  test('says which field is wrong: another value, another type, another order of a list, one that is missing', () => {
    expect(right('{"city":"San Jose","total":12.5,"tags":["a","b"]}')).toEqual([false, true, true, true]);
    expect(right('{"city":"San José","total":"12.5","tags":["b","a"]}')).toEqual([true, false, false, true]);
    expect(right('{"total":12.5,"tags":["a","b"]}')).toEqual([false, true, true, true]);
    // A field that is missing is wrong; the JSON is valid all the same.
    expect(valid('{"total":12.5,"tags":["a","b"]}')).toBe(true);
    expect(right('{"city":"San José","total":12.5,"tags":["a","b"],"note":"x"}')).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });
  test('is no JSON with text or a fence around it, cut off, or as a list', () => {
    for (const answer of [
      'Here: {"city":"x"}',
      '```json\n{"city":"x"}\n```',
      '{"city":"San José"',
      '["city"]',
      '',
      'null',
    ])
      expect(compareFields(answer, REFERENCE, FIELDS)).toEqual({
        valid: false,
        right: [false, false, false, false],
      });
  });
  test('numbers are compared by their decimal value, of any size', () => {
    const same = (a: string, b: string) => right(`{"n":${a}}`, `{"n":${b}}`, ['n'])![0];
    expect(same('100', '1e2')).toBe(true);
    expect(same('-0', '0')).toBe(true);
    expect(same('9007199254740993', '9007199254740992')).toBe(false);
    expect(same('1e400', '1e401')).toBe(false);
    expect(same('0.1', '0.10')).toBe(true);
  });
  test('of a key that stands twice the last one counts; other keys do not', () => {
    expect(right('{"n":1,"n":2,"more":3}', '{"n":2}', ['n'])).toEqual([true]);
    expect(right('{"__proto__":{"n":2}}', '{"n":2}', ['n'])).toEqual([false]);
  });
  test('a number that was replaced as personal data is read as a text', () => {
    expect(right('{"phone":<PHONE_0a1b2c3d>}', '{"phone":"<PHONE_0a1b2c3d>"}', ['phone'])).toEqual([true]);
    expect(right('{"phone":<PHONE_0a1b2c3d>}', '{"phone":<PHONE_0a1b2c3e>}', ['phone'])).toEqual([false]);
  });
  test('there is nothing to compare with where the reference is no object', () => {
    expect(compareFields('{"a":1}', 'San José', ['a'])).toBeNull();
    expect(isJsonObject('{"a":1}')).toBe(true);
    expect(isJsonObject('[1]')).toBe(false);
  });
});

describe('hostile answers are no JSON, and cost little to refuse', () => {
  test.each([
    ['nested a million deep', `{"n":${'['.repeat(49_000)}${']'.repeat(49_000)}}`],
    ['of too many values', `{"n":[${'1,'.repeat(20_000)}1]}`],
    ['too long', `{"n":"${'x'.repeat(200_000)}"}`],
    ['of nothing but the beginnings of pseudonyms', `{"n":${'<PHONE_'.repeat(14_000)}}`],
    ['of escapes', `{"n":"${'\\\\'.repeat(49_000)}`],
  ])('%s', (_, answer) => {
    expect(compareFields(answer, '{"n":1}', ['n'])).toEqual({valid: false, right: [false]});
  });
  test('an exponent of hundreds of digits is a number like any other', () => {
    expect(right(`{"n":1e${'9'.repeat(300)}}`, `{"n":10e${'9'.repeat(299)}8}`, ['n'])).toEqual([true]);
    expect(right(`{"n":1e${'9'.repeat(3000)}}`, '{"n":1}', ['n'])).toEqual([false]);
  });
});
