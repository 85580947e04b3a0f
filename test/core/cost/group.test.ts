import {expect, it} from 'vitest';
import {grouped, itemOf, servedItem} from '../../../core/cost/group.ts';
import {NOTHING} from '../../../core/cost/spent.ts';

const trace = {
  release: 'r1',
  promptTokens: 100,
  completionTokens: 5,
  latencyMs: {model: 2000},
  cost: 0.25,
};
const ledger = {
  stage: 'train',
  what: 'trainer',
  workflow: 'train/mail/0',
  run: 'lifecycle/mail/1',
  spent: {...NOTHING, cpuSeconds: 3600},
};
const items = [
  itemOf(ledger, () => 'r1'),
  itemOf({...ledger, run: null, stage: 'monitor'}, () => 'never asked'),
  servedItem({...trace, key: 'k1'}, false),
  servedItem(trace, true),
];
const priced = ({cpuSeconds}: {cpuSeconds: number}): number => cpuSeconds / 3600;

it('sums what a release took to make and to serve', () => {
  expect(grouped(items, 'release', priced)).toMatchObject([
    {
      name: 'r1',
      cost: 1.5,
      spent: {cpuSeconds: 3602, gpuSeconds: 2, promptTokens: 200, completionTokens: 10},
    },
    {name: null, cost: 1},
  ]);
});

it('groups by stage, run and gateway key; what has none comes last', () => {
  expect(grouped(items, 'stage', priced).map(({name}) => name)).toEqual(['monitor', 'serve', 'train']);
  expect(grouped(items, 'run', priced).map(({name}) => name)).toEqual(['lifecycle/mail/1', null]);
  expect(grouped(items, 'key', priced)).toMatchObject([
    {name: 'k1', cost: 0.25},
    {name: null, cost: 2.25},
  ]);
});
