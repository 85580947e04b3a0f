/** create.ts URL KEY TEXT: writes TEXT to KEY if it is free; prints the status. */
import {openStore} from '../../../stores/objects/open-store.ts';
import {gate} from './gate.ts';

const [url, key, text] = process.argv.slice(2) as [string, string, string];
const store = await openStore(url);
await gate();
console.log((await store.put(key, text, {ifNoneMatch: '*'})).status);
