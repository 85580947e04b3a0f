import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {openStores} from '../../stores/stores.ts';

export interface AuditBench {
  readonly entries: number;
  readonly appendMs: number;
  /** By the clock, and by the CPU: medians of the rounds. */
  readonly verifyEntriesPerSecond: number;
  readonly verifyEntriesPerCpuSecond: number;
}

const ROUNDS = 9;

/** An audit chain in a folder: appended entry by entry, then verified as a whole, again and again. */
export async function benchAudit({entries = 4000}: {entries?: number} = {}): Promise<AuditBench> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ratchet-bench-audit-'));
  try {
    const chain = (await openStores(pathToFileURL(folder).href)).audit('bench');
    const started = performance.now();
    for (let i = 0; i < entries; i++) await chain.append({kind: 'bench', actor: 'bench', data: {i}});
    const appendMs = (performance.now() - started) / entries;
    const rounds: {wall: number; cpu: number}[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const [cpu, since] = [process.cpuUsage(), performance.now()];
      const {breaks} = await chain.verify();
      const {user, system} = process.cpuUsage(cpu);
      rounds.push({wall: (performance.now() - since) / 1e3, cpu: (user + system) / 1e6});
      if (breaks.length > 0) throw new Error(`the chain broke at ${breaks[0]!.seq}: ${breaks[0]!.reason}`);
    }
    const rate = (of: 'wall' | 'cpu'): number =>
      Math.round(entries / rounds.map((one) => one[of]).sort((x, y) => x - y)[Math.floor(ROUNDS / 2)]!);
    return {
      entries,
      appendMs,
      verifyEntriesPerSecond: rate('wall'),
      verifyEntriesPerCpuSecond: rate('cpu'),
    };
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
}

if (import.meta.filename === process.argv[1])
  process.stdout.write(`${JSON.stringify(await benchAudit(), null, 2)}\n`);
