import {describe, expect, test} from 'vitest';
import {parseJson} from '../../../stores/objects/parse-json.ts';

describe('JSON with the key __proto__ is refused', () => {
  test.each([
    ['as it stands', '{"a":1,"__proto__":{"admin":true}}'],
    ['inside another object', '{"a":[{"__proto__":null}]}'],
    ['with a character escaped', '{"\\u005f_proto__":1}'],
    ['as it stands, in a text with another escape', '{"a":"\\u0041","__proto__":1}'],
  ])('%s', (_, text) => {
    expect(() => parseJson(text)).toThrow(new SyntaxError('it has a key __proto__'));
  });
});

test.each([
  ['{"a":[1,null,"x"]}', {a: [1, null, 'x']}],
  ['{"a":"__proto__"}', {a: '__proto__'}],
  ['{"a":"\\u005f_proto__"}', {a: '__proto__'}],
  ['{"__proto":1,"proto__":2}', {__proto: 1, proto__: 2}],
  ['{"\\u0061":"\\u0041"}', {a: 'A'}],
])('%s is read as JSON.parse does', (text, value) => {
  expect(parseJson(text)).toEqual(value);
});

test('what is no JSON is a SyntaxError', () => {
  expect(() => parseJson('{')).toThrow(SyntaxError);
});
