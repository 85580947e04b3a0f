import {openStores} from '../../stores/stores.ts';
import {Meter} from '../../workers/meter.ts';

/** A worker that works until it is killed: `node spend-forever.ts STORE`. */
const stores = await openStores(process.argv[2]!);
const meter = new Meter('cpu');
meter.keep(stores.costs, 'mail', () => undefined);
const account = {stage: 'curate', what: 'curateShard', workflow: 'curate/mail/0', run: null};
await meter.charged(account, async () => {
  for (;;) {
    const began = process.cpuUsage();
    while (process.cpuUsage(began).user < 10_000);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
});
