/** build-vectors.ts URL DATASET: builds a table of endless rows for the project mail as the owner job; says when the first batch is written. */
import {setTimeout as delay} from 'node:timers/promises';
import {openStores} from '../../../stores/stores.ts';
import type {VectorRow} from '../../../stores/vectors/vector-rows.ts';

const [url, dataset] = process.argv.slice(2) as [string, string];
async function* rows(): AsyncGenerator<VectorRow> {
  for (let n = 0; ; n += 1) {
    if (n === 10_001) console.log('batch written');
    // From then on it only waits to be killed.
    if (n > 10_000) await delay(1_000);
    yield {id: `x/${n}`, split: 'train', source: 'x', label: null, vector: new Float32Array(8).fill(n)};
  }
}
await (
  await openStores(url)
).vectors.build({project: 'mail', dataset, embedder: {name: 'test', dims: 8}, rows: rows(), owner: 'job'});
