import {expect, test} from 'vitest';
import {groupColumns, timeColumns} from '../../../core/onboarding/belongings.ts';
import {describeColumns} from '../../../core/onboarding/columns.ts';
import {proposeTask} from '../../../core/onboarding/propose.ts';
import {withToldBy} from '../../../core/onboarding/told-by-text.ts';
import {reviews} from './reviews.ts';

const rows = reviews(400);
const columns = withToldBy(describeColumns(rows), rows, 'comment');
const told = (name: string): number | undefined => columns.find((column) => column.name === name)!.told;

test('a column that the text is about is told apart by it, in all its spellings; one about something else is not', () => {
  expect(told('outcome')).toBeGreaterThan(0.9);
  expect(told('product')).toBeGreaterThan(0.9);
  expect(told('type')).toBeLessThan(0.1);
  expect(told('country')).toBeLessThan(0.1);
  // No class: too many values.
  expect(told('thread')).toBeUndefined();
});

test('the answer is chosen by what the text says, not by a name that sounds like one', () => {
  const proposed = proposeTask(columns, rows.length);
  if (proposed.status === 'unusable') throw new Error(proposed.reason);
  const {shape, answers, open} = proposed.proposal;
  if (shape.of !== 'pair') throw new Error('a conversation');
  expect(['outcome', 'product']).toContain(shape.answer.column.name);
  // Both are told apart: a person says which is meant. The named `type` is not, and comes behind.
  expect(open).toEqual([{role: 'answer', options: expect.arrayContaining(['outcome', 'product'])}]);
  expect(open[0]!.options).not.toContain('type');
  expect(answers.map(({column}) => column.name)).toEqual(expect.arrayContaining(['type', 'country']));
  expect(answers.find(({column}) => column.name === 'type')!.why).toBe(
    '2 different values, which the words of the text do not tell apart, and by its name',
  );
});

test('too few rows say nothing, and the same text twice counts once', () => {
  const few = rows.slice(0, 30);
  expect(withToldBy(describeColumns(few), few, 'comment').every(({told: said}) => said === undefined)).toBe(
    true,
  );
  const copies = Array.from({length: 400}, (_, i) => rows[i % 20]!);
  expect(
    withToldBy(describeColumns(copies), copies, 'comment').every(({told: said}) => said === undefined),
  ).toBe(true);
});

test('a thread groups rows, by its name and by words that its rows share; a column of few or unlike values does not', () => {
  const [thread, ...others] = groupColumns(columns, rows, 'comment');
  expect(thread).toMatchObject({column: {name: 'thread'}, taken: true});
  expect(thread!.why).toMatch(
    /^80 different values in 400 rows, and by its name; rows of one value share [\d.]+ times as many words as others$/,
  );
  expect(others).toEqual([]);
  const unnamed = rows.map(({thread: topic, ...row}) => ({...row, topic}));
  expect(groupColumns(describeColumns(unnamed), unnamed, 'comment')[0]).toMatchObject({
    column: {name: 'topic'},
    taken: true,
  });
  const shuffled = rows.map((row, i) => ({...row, thread: undefined, lot: `L${(i * 37) % 80}`}));
  expect(groupColumns(describeColumns(shuffled), shuffled, 'comment')).toEqual([]);
  const two = rows.map((row, i) => ({...row, thread: `T${i % 2}`}));
  expect(groupColumns(describeColumns(two), two, 'comment')).toMatchObject([
    {taken: false, why: expect.stringContaining('but 2 groups are few for several splits')},
  ]);
});

test('a column of dates in every row is a time; of others it is said why not', () => {
  expect(timeColumns(columns, rows).map(({column, taken, why}) => [column.name, taken, why])).toEqual([
    ['day', true, 'every row has a date'],
    [
      'us_day',
      false,
      '400 of 400 rows have no date that is read the same everywhere, such as "1/11/2026": write 2026-01-31',
    ],
  ]);
});
