import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {openStores} from '../../stores/stores.ts';

export interface AuditBench {
  readonly entries: number;
  readonly appendMs: number;
  readonly verifyEntriesPerCpuSecond: number;
}

/** An audit chain in a folder: appended entry by entry, then verified as a whole. */
export async function benchAudit({entries = 2000}: {entries?: number} = {}): Promise<AuditBench> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ratchet-bench-audit-'));
  try {
    const chain = (await openStores(pathToFileURL(folder).href)).audit('bench');
    const started = performance.now();
    for (let i = 0; i < entries; i++) await chain.append({kind: 'bench', actor: 'bench', data: {i}});
    const appendMs = (performance.now() - started) / entries;
    const cpu = process.cpuUsage();
    const {breaks} = await chain.verify();
    const {user, system} = process.cpuUsage(cpu);
    if (breaks.length > 0) throw new Error(`the chain broke at ${breaks[0]!.seq}: ${breaks[0]!.reason}`);
    return {entries, appendMs, verifyEntriesPerCpuSecond: Math.round(entries / ((user + system) / 1e6))};
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
}

if (import.meta.filename === process.argv[1])
  process.stdout.write(`${JSON.stringify(await benchAudit(), null, 2)}\n`);
