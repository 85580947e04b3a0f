import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {missing} from '../../scripts/soak/accounted.ts';
import {openStores, type Stores} from '../../stores/stores.ts';

let folder: string;
let stores: Stores;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ratchet-soak-'));
  stores = await openStores(pathToFileURL(folder).href);
});
afterEach(() => rm(folder, {recursive: true}));

test('what was accepted and is not in the store is named', async () => {
  const from = Date.now() - 1_000;
  const at = new Date().toISOString();
  const trace = '0'.repeat(32);
  await stores.traces.appendFeedback('mail', [{v: 1, id: 'there', trace, at, project: 'mail', rating: 1}]);
  const accepted = {traces: new Set([trace]), feedback: new Set(['there', 'gone'])};
  expect(await missing(stores, 'mail', accepted, from)).toEqual({traces: [trace], feedback: ['gone']});
});
