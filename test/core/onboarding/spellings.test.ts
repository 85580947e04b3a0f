import {expect, test} from 'vitest';
import {spelledClasses} from '../../../core/onboarding/spellings.ts';

test.each<[string, Record<string, number>, Record<string, string[]>]>([
  [
    'case and what joins words',
    {Billing: 3, billing: 9, 'Back-Office': 2, back_office: 7},
    {back_office: ['Back-Office'], billing: ['Billing']},
  ],
  [
    'abbreviations, with a full stop or without',
    {negative: 9, neg: 4, 'neg.': 1, positive: 8, POS: 2},
    {negative: ['neg', 'neg.'], positive: ['POS']},
  ],
  [
    'typing errors, before abbreviations',
    {positive: 90, postive: 2, pos: 20, negative: 80},
    {negative: [], positive: ['pos', 'postive']},
  ],
  [
    'nothing where two words could be meant',
    {inter: 3, internal: 9, interval: 9},
    {inter: [], internal: [], interval: []},
  ],
  ['no short codes', {A: 9, AB: 9, ABC: 3, '1': 3, '10': 3}, {A: [], AB: [], ABC: [], '1': [], '10': []}],
  ['no phrase that begins with another', {spam: 9, 'spam folder': 9}, {spam: [], 'spam folder': []}],
  ['no word that is as frequent', {cooler: 40, colder: 50, coller: 30}, {cooler: [], colder: [], coller: []}],
])('%s', (_, counts, expected) => {
  const classes = spelledClasses(Object.entries(counts));
  expect(Object.fromEntries(classes.map(({label, aliases}) => [label, aliases]))).toEqual(expected);
  expect(classes.reduce((sum, {rows}) => sum + rows, 0)).toBe(
    Object.values(counts).reduce((sum, n) => sum + n, 0),
  );
});
