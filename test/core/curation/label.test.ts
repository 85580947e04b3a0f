import {expect, test} from 'vitest';
import {labelNamed} from '../../../core/curation/label.ts';

test.each<[string, string[], string | null]>([
  ['ham', ['spam', 'ham'], 'ham'],
  [' Ham\n', ['spam', 'ham'], 'ham'],
  ['HAM', ['spam', 'ham'], 'ham'],
  ['cafe\u0301', ['caf\u00e9'], 'caf\u00e9'],
  ['hamm', ['spam', 'ham'], null],
  ['', ['spam', 'ham'], null],
  // Two that differ by case alone: the exact one counts, and no other says which is meant.
  ['It', ['it', 'IT'], null],
  ['IT', ['it', 'IT'], 'IT'],
])('%j among %j is %j', (said, labels, label) => {
  expect(labelNamed(said, labels)).toBe(label);
});

test.each<[string, string | null]>([
  ['neg', 'negative'],
  ['NEG', 'negative'],
  ['negative', 'negative'],
  // An alias of one label that is another's spelling but for its case: nobody says which is meant.
  ['POSITIVE', null],
  ['Positive', 'negative'],
  ['toString', null],
])('%j is %j by its aliases', (said, label) => {
  const aliases = {neg: 'negative', Positive: 'negative'};
  expect(labelNamed(said, ['negative', 'positive'], aliases)).toBe(label);
});
