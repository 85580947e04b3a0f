import {expect, it} from 'vitest';
import {Watch} from '../../../workflows/monitor/watch.ts';

it('a monitor tells how often it has looked, and what the last look found', () => {
  const progress = {stage: 'monitor', done: 0, total: 0, unit: 'looks'};
  expect(new Watch({project: 'mail'}).progress).toEqual({...progress, note: 'has not looked yet'});
  const state = {reference: null, seenTo: null, resetAt: null, startedAt: null, checks: 3};
  const last = {at: '2026-11-26T12:00:00.000Z', check: null, note: 'no drift', retrain: 'none'} as const;
  expect(new Watch({project: 'mail', state, last}).progress).toEqual({
    ...progress,
    done: 3,
    note: 'no drift',
  });
});

it('settings that cannot be asked for at all are an error, not the defaults', async () => {
  // There are no activities outside a workflow.
  await expect(new Watch({project: 'mail'}).readSettings()).rejects.toMatchObject({
    name: 'IllegalStateError',
  });
});
