import {setTimeout as delay} from 'node:timers/promises';
import {NO_PROC, cpuOf, proportionalMbOf} from './proc.ts';
import {onTinyStack, type TinyStack} from './tiny-stack.ts';

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
const SETTLE_MS = 30_000;

/** What a stack takes that nobody asks anything: up, with nothing released. */
export async function benchIdle({seconds = 60}: {readonly seconds?: number} = {}): Promise<
  IdleBench | {readonly inconclusive: string}
> {
  if (cpuOf(process.pid) === undefined) return {inconclusive: String(NO_PROC)};
  return onTinyStack(async (stack) => {
    await delay(SETTLE_MS);
    const before = parts(stack).map(({pid}) => cpuOf(pid)!.own);
    await delay(seconds * 1000);
    const after = parts(stack);
    const cpuShares = after.map(
      ({name, pid}, i) => [name, (cpuOf(pid)!.own - before[i]!) / seconds] as const,
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
  });
}

/** The parts, and this process, which stands for the one that keeps a stack up. */
function parts({supervisor}: TinyStack): {readonly name: string; readonly pid: number}[] {
  const running = Object.entries(supervisor.state().pids).map(([name, {pid}]) => ({name, pid}));
  return [...running, {name: 'supervisor', pid: process.pid}];
}

if (import.meta.filename === process.argv[1])
  process.stdout.write(`${JSON.stringify(await benchIdle(), null, 2)}\n`);
