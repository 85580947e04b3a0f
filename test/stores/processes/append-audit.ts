/** append-audit.ts URL PROJECT NAME TIMES: appends TIMES entries by the actor NAME. */
import {AuditChain} from '../../../stores/audit/audit.ts';
import {openStore} from '../../../stores/objects/open-store.ts';
import {gate} from './gate.ts';

const [url, project, name, times] = process.argv.slice(2) as [string, string, string, string];
const chain = new AuditChain(await openStore(url), project);
await gate();
for (let n = 0; n < Number(times); n += 1) await chain.append({kind: 'decision', actor: name, data: {n}});
