import {expect, test} from 'vitest';
import {bearerCheck} from '../../../core/access/bearer.ts';

test('only the header with the token itself is let in', () => {
  const allowed = bearerCheck('s3cret');
  expect(allowed('Bearer s3cret')).toBe(true);
  for (const header of [undefined, '', 'Bearer', 'Bearer ', 'Bearer s3cre', 'Bearer s3cret ', 's3cret'])
    expect(allowed(header)).toBe(false);
});
