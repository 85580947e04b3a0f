import {describe, expect, test} from 'vitest';
import {canonicalJson} from '../../../core/identity/canonical-json.ts';
import {digestOf, sha256Hex} from '../../../core/identity/digest.ts';

describe('canonical JSON', () => {
  test('the example of RFC 8785, section 3.2.2', () => {
    const input = JSON.parse(`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
      "literals": [null, true, false]
    }`) as unknown;
    expect(canonicalJson(input)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  test('the order of RFC 8785, section 3.2.3: by UTF-16 code units', () => {
    const input = {'\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7};
    expect(canonicalJson(input)).toBe(
      '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}',
    );
  });

  test('the order of keys does not count, the order of items does; undefined members are left out', () => {
    expect(canonicalJson({a: 1, b: undefined, c: {z: 1, y: 2}})).toBe(canonicalJson({c: {y: 2, z: 1}, a: 1}));
    expect(digestOf([1, 2])).not.toBe(digestOf([2, 1]));
  });

  test.each([
    ['NaN', {a: NaN}],
    ['infinity', [Infinity]],
    ['undefined', undefined],
    ['a function', () => 1],
    ['a lone surrogate', '\ud800'],
  ])('%s is refused', (_, value) => {
    expect(() => canonicalJson(value)).toThrow(expect.objectContaining({name: 'InvalidInput'}) as Error);
  });

  test('a cycle is refused', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    expect(() => canonicalJson(cycle)).toThrow(/Circular/);
  });
});

test('sha256 of FIPS 180-4, of text and of bytes', () => {
  const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  expect(sha256Hex('abc')).toBe(abc);
  expect(sha256Hex(Uint8Array.of(97, 98, 99))).toBe(abc);
  expect(digestOf('abc')).toBe(sha256Hex('"abc"'));
});
