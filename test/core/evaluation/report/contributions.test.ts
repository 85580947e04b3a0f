import {expect, test} from 'vitest';
import {contributionsInWords} from '../../../../core/evaluation/report/contributions.ts';

const none = {rows: 0, reviewed: 0, golden: 0, limited: 0, keys: [], users: 0, mostOfOneUser: 0};

test('who contributed how much, by name of the key, the largest first', () => {
  expect(
    contributionsInWords({
      rows: 1220,
      reviewed: 30,
      golden: 24,
      limited: 260,
      users: 80,
      mostOfOneUser: 5,
      keys: [
        {key: 'aaaaaaaaaaaa', name: 'shop', rows: 1100, golden: 20},
        {key: 'bbbbbbbbbbbb', name: null, rows: 100, golden: 4},
        {key: null, name: null, rows: 20, golden: 0},
      ],
    }),
  ).toBe(
    '1,220 rows are what users said, by 80 users, at most 5 by one: key shop 1,100, key bbbbbbbbbbbb 100, without a key 20; ' +
      '24 golden, 30 seen by a person, 260 left out over a limit',
  );
});

test('many keys are counted, and none is no list', () => {
  const keys = Array.from({length: 7}, (_, i) => ({key: `k${i}`, name: null, rows: 10 - i, golden: 0}));
  expect(contributionsInWords({...none, keys})).toContain('key k4 6, 2 other keys 9;');
  expect(contributionsInWords(none)).toContain('at most 0 by one; 0 golden');
});
