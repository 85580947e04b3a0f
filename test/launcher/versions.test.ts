import {describe, expect, it} from 'vitest';
import {isAtLeast} from '../../launcher/versions.js';

describe('isAtLeast', () => {
  it.each([
    ['v22.18.0', '22.18.0', true],
    ['22.17.9', '22.18.0', false],
    ['24.0.0', '22.18.0', true],
    ['v20.20.2', '22.18.0', false],
    ['3.9', '3.11', false],
    ['3.11', '3.11', true],
    ['3.13.0', '3.11', true],
    ['22', '22.0.0', true],
    ['22.18.0-nightly20250801', '22.18.0', true],
    ['9.0.0', '22.18.0', false],
  ])('%s against %s is %s', (version, minimum, expected) => {
    expect(isAtLeast(version, minimum)).toBe(expected);
  });

  it('refuses what is no version', () => {
    expect(() => isAtLeast('latest', '1.0')).toThrow(/not a version: "latest"/);
  });
});
