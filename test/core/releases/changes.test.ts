import {describe, expect, test} from 'vitest';
import {changes, flat} from '../../../core/releases/changes.ts';

describe('the differences of two documents', () => {
  test('are named by their path, in order; what only one has is null in the other', () => {
    const before = flat({
      prompts: {triage: {template: 'a', temperature: 0}},
      index: null,
      pii: ['email', 'phone'],
    });
    const after = flat({prompts: {triage: {template: 'b', temperature: 0}}, index: 'i1', pii: ['email']});
    expect(changes(before, after)).toEqual([
      {part: 'index', before: null, after: 'i1'},
      {part: 'pii', before: 'email\nphone', after: 'email'},
      {part: 'prompts.triage.template', before: 'a', after: 'b'},
    ]);
    expect(changes(before, before)).toEqual([]);
  });

  test('false and 0 are values; an object without keys has none', () => {
    expect(flat({a: false, b: 0, c: {}, d: [], e: undefined})).toEqual(
      new Map([
        ['a', 'false'],
        ['b', '0'],
        ['d', ''],
      ]),
    );
  });
});
