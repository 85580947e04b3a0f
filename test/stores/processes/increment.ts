/** increment.ts URL KEY TIMES: adds 1 to the number at KEY by compare-and-swap, TIMES times; prints the lost swaps. */
import {openStore} from '../../../stores/objects/open-store.ts';
import {gate} from './gate.ts';

const [url, key, times] = process.argv.slice(2) as [string, string, string];
const store = await openStore(url);
await gate();
let lost = 0;
for (let done = 0; done < Number(times);) {
  const found = (await store.get(key))!;
  const next = String(Number(new TextDecoder().decode(found.bytes)) + 1);
  const result = await store.put(key, next, {ifMatch: found.etag});
  if (result.status === 'written') done += 1;
  else lost += 1;
}
console.log(lost);
