import {expect, test} from 'vitest';
import type {DriftCheck} from '../../../schemas/drift.ts';
import {keepDriftCheck, recentDriftChecks} from '../../../stores/registry/drift-checks.ts';
import {MemoryStore} from '../memory-store.ts';

test('the newest looks of a project come first, and no more than were asked for', async () => {
  const store = new MemoryStore();
  const look = (project: string, at: string): DriftCheck => {
    const report = {
      uri: `sha256:${'c'.repeat(64)}`,
      sha256: 'c'.repeat(64),
      bytes: 1,
      mediaType: 'application/json',
    };
    const drift = {report, drifted: false, columns: []};
    return {v: 1, project, at, release: 'a'.repeat(64), drift, reason: 'nothing drifted'};
  };
  const days = ['2002-12-03T11:46:36.000Z', '2002-12-04T11:46:36.000Z', '2002-12-05T11:46:36.000Z'];
  for (const at of [days[1]!, days[0]!, days[2]!]) await keepDriftCheck(store, look('post', at));
  await keepDriftCheck(store, look('post2', '2002-12-06T00:00:00.000Z'));

  expect([...store.objects.keys()]).toContain('drift/post/2002-12-03T11-46-36-000Z.json');
  const found = await recentDriftChecks(store, 'post', 2);
  expect(found.map(({at}) => at)).toEqual([days[2], days[1]]);
  expect(await recentDriftChecks(store, 'other', 2)).toEqual([]);

  // Listed, and deleted before it is read.
  const get = store.get.bind(store);
  store.get = (key) => (key.includes('12-05') ? Promise.resolve(null) : get(key));
  expect((await recentDriftChecks(store, 'post', 2)).map(({at}) => at)).toEqual([days[1]]);
});
