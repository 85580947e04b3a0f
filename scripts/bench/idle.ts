import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {bringDown} from '../../stack/bring-down.ts';
import {bringUpDetached} from '../../stack/bring-up.ts';
import type {StackState} from '../../stack/stack-file.ts';
import {childrenOf, cpuOf, NO_PROC, proportionalMbOf} from './proc.ts';
import {tinyProject} from './tiny-stack.ts';

export interface IdleBench {
  readonly seconds: number;
  /** Of one core, all processes of the stack with Temporal; by part. */
  readonly cpuShare: number;
  readonly cpuShares: Readonly<Record<string, number>>;
  /** Memory of its own and its part of what is shared (PSS), MB (10⁶ bytes), all together with Temporal; by part. */
  readonly memoryMb: number;
  readonly memoryMbs: Readonly<Record<string, number>>;
  readonly targets: {readonly cpuShare: 0.01; readonly memoryMb: 700};
}

/** After a start some seconds go into the last of the loading. */
const SETTLE_MS = 60_000;
const READY_MS = 300_000;

/** What a stack takes that nobody asks anything: up, with nothing released. */
export async function benchIdle({seconds = 60}: {readonly seconds?: number} = {}): Promise<
  IdleBench | {readonly inconclusive: string}
> {
  if (cpuOf(process.pid) === undefined) return {inconclusive: String(NO_PROC)};
  const folder = await mkdtemp(path.join(tmpdir(), 'ratchet-idle-'));
  try {
    const {project} = await tinyProject(folder);
    const {state} = await bringUpDetached(project, {say: () => undefined, withinMs: READY_MS});
    await delay(SETTLE_MS);
    const before = new Map(processes(state).map(({pid}) => [pid, cpuOf(pid)!.own]));
    await delay(seconds * 1000);
    const after = processes(state);
    const cpuShares = after.map(
      ({name, pid}) => [name, (cpuOf(pid)!.own - (before.get(pid) ?? 0)) / seconds] as const,
    );
    const memoryMbs = after.map(({name, pid}) => [name, proportionalMbOf(pid) ?? Number.NaN] as const);
    const sum = (of: readonly (readonly [string, number])[]) => of.reduce((total, [, one]) => total + one, 0);
    return {
      seconds,
      cpuShare: sum(cpuShares),
      cpuShares: Object.fromEntries(cpuShares),
      memoryMb: sum(memoryMbs),
      memoryMbs: Object.fromEntries(memoryMbs),
      targets: {cpuShare: 0.01, memoryMb: 700},
    };
  } finally {
    await bringDown(folder, () => undefined);
    await rm(folder, {recursive: true, force: true, maxRetries: 3});
  }
}

/** The supervisor and all its children: the parts, and the reaper that watches over them. */
function processes({supervisor, pids}: StackState): {readonly name: string; readonly pid: number}[] {
  const named = new Map(Object.entries(pids).map(([name, {pid}]) => [pid, name]));
  const children = childrenOf(supervisor.pid).map((pid) => ({name: named.get(pid) ?? 'reaper', pid}));
  return [{name: 'supervisor', pid: supervisor.pid}, ...children];
}

if (import.meta.filename === process.argv[1])
  process.stdout.write(`${JSON.stringify(await benchIdle(), null, 2)}\n`);
