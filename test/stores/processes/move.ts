/** move.ts URL PROJECT NAME TIMES: adds 1 to the canary's weight TIMES times, as NAME. */
import {openStore} from '../../../stores/objects/open-store.ts';
import {Pointers} from '../../../stores/registry/pointers.ts';
import {gate} from './gate.ts';

const [url, project, name, times] = process.argv.slice(2) as [string, string, string, string];
const pointers = new Pointers(await openStore(url));
await gate();
for (let n = 0; n < Number(times); n += 1)
  await pointers.move(project, ({stable, canary, shadow}) => ({
    move: {
      stable,
      canary: {release: canary!.release, weight: canary!.weight + 1},
      shadow,
      by: name,
      why: `step ${n}`,
    },
  }));
