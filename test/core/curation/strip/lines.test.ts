import {expect, it} from 'vitest';
import {headerBlockEnd, nextFilled} from '../../../../core/curation/strip/lines.ts';

it('the next line that says something is found, or the end of the lines', () => {
  const lines = ['', ' \t', 'said', ''];
  expect([0, 2, 3, 4].map((at) => nextFilled(lines, at))).toEqual([2, 2, 4, 4]);
});

it('a block of header lines ends behind its last field, with what continues it', () => {
  const lines = ['From: ann', 'Subject: a', '  long one', 'Hello', 'Date: today'];
  expect([0, 1, 3, 4].map((at) => headerBlockEnd(lines, at))).toEqual([3, 3, 3, 5]);
  expect(headerBlockEnd(lines, 0, 2)).toBe(2);
});
