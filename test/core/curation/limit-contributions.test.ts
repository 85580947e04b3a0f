import {expect, test} from 'vitest';
import {limitContributions} from '../../../core/curation/limit-contributions.ts';

const of = (n: number, key: string | null, unit: (i: number) => string, reviewed = false) =>
  Array.from({length: n}, (_, i) => ({id: `${key}-${i}`, key, unit: unit(i), reviewed}));
const shares = {rows: 1000, limits: {perKey: 0.1, perUnit: 0.02}, order: ({id}: {id: string}) => id};
const count = (kept: readonly {key: string | null}[], key: string | null) =>
  kept.filter((one) => one.key === key).length;

test('one key gives at most its share, however many users it names; the others lose nothing by it', () => {
  const flood = of(1500, 'evil', (i) => `u${i}`);
  const shop = of(80, 'shop', (i) => `u${i}`);
  const {kept, over, most} = limitContributions([...flood, ...shop], shares);
  expect(most).toEqual({key: 100, unit: 20});
  expect({evil: count(kept, 'evil'), shop: count(kept, 'shop')}).toEqual({evil: 100, shop: 80});
  expect(over.length).toBe(1400);
  expect(new Set(over.map(({limit}) => limit))).toEqual(new Set(['key']));
});

test('one user gives at most theirs, counted apart for each key, and without any key too', () => {
  const {kept, over} = limitContributions(
    [...of(50, 'shop', () => 'one'), ...of(50, 'desk', () => 'one'), ...of(50, null, () => 'one')],
    shares,
  );
  for (const key of ['shop', 'desk', null]) expect(count(kept, key)).toBe(20);
  expect(over.every(({limit}) => limit === 'unit')).toBe(true);
});

test('a small project takes 20 of a key and 5 of a user', () => {
  const {kept, most} = limitContributions(
    of(100, 'shop', (i) => `u${i % 10}`),
    {...shares, rows: 10},
  );
  expect(most).toEqual({key: 20, unit: 5});
  expect(kept.length).toBe(20);
});

test('what a person has seen is taken beside it', () => {
  const {kept} = limitContributions([...of(30, 'a', () => 'u', true), ...of(30, 'a', () => 'u')], {
    ...shares,
    rows: 0,
  });
  expect([kept.filter((one) => one.reviewed).length, kept.length]).toEqual([30, 35]);
});

test('which are taken is told by the order alone, and they come in the order that they were given', () => {
  const all = of(200, 'a', (i) => `u${i}`);
  const order = ({id}: {id: string}) => [...id].reverse().join('');
  const {kept} = limitContributions(all, {...shares, order});
  expect(limitContributions([...all].reverse(), {...shares, order}).kept.toReversed()).toEqual(kept);
  const best = [...all].sort((a, b) => (order(a) < order(b) ? -1 : 1)).slice(0, 100);
  expect(new Set(kept)).toEqual(new Set(best));
  expect(kept).toEqual(all.filter((one) => kept.includes(one)));
});
