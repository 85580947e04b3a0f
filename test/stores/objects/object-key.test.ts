import {describe, expect, it} from 'vitest';
import {checkKey, checkPrefix, keySegment} from '../../../stores/objects/object-key.ts';

describe('a key of the object store', () => {
  it.each(['a', 'A-z_0/9%=@+,:~()!-.json', `${'a'.repeat(200)}/b`, 'a/b.c/d', 'a..b'])('may be %s', (key) => {
    expect(checkKey(key)).toBe(key);
  });

  it.each([
    ['', 'an empty name'],
    ['/a', 'an empty name'],
    ['a//b', 'an empty name'],
    ['a/', 'an empty name'],
    ['a/../b', 'a name that starts with a dot'],
    ['.hidden', 'a name that starts with a dot'],
    ['a'.repeat(201), 'a name of more than 200 bytes'],
    [Array(5).fill('a'.repeat(180)).join('/'), 'more than 900 bytes'],
    ['a b', 'a character that is not allowed'],
    ['ä', 'a character that is not allowed'],
  ])('may not be %j: %s', (key, why) => {
    expect(() => checkKey(key)).toThrow(`(${why})`);
  });

  it('may be of 900 bytes', () => {
    const key = `${Array(4).fill('a'.repeat(199)).join('/')}/${'a'.repeat(100)}`;
    expect(checkKey(key)).toHaveLength(900);
    // Of a long one the message has the beginning.
    expect(() => checkKey(`${key}a`)).toThrow(
      `"${'a'.repeat(120)}" cannot be a key of the object store (more than 900 bytes)`,
    );
  });
});

it('a prefix may end in a slash, or be empty', () => {
  for (const prefix of ['', 'a/', 'a/b']) expect(checkPrefix(prefix)).toBe(prefix);
  for (const prefix of ['/', 'a//']) expect(() => checkPrefix(prefix)).toThrow('an empty name');
});

it('any text is one name', () => {
  expect(keySegment('a-b_c~9')).toBe('a-b_c~9');
  expect(keySegment('../ä\n')).toBe('%2E%2E%2F%C3%A4%0A');
});
