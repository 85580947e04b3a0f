import {cp, mkdtemp, readFile, rm, symlink} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {DemoSummary} from '../../schemas/demo-summary.ts';
import {bringDown} from '../../stack/bring-down.ts';
import {PACKAGE_ROOT} from '../../stack/own-program.ts';
import type {Measured} from './proc.ts';
import {timedRun} from './timed-run.ts';

/** One call of `ratchet demo`. */
interface DemoRun {
  /** From the start of the command to its end, the stack's start and end among it. */
  readonly wallSeconds: number;
  readonly cpuSeconds: Measured;
  /** By stage, as its summary says. */
  readonly seconds: Readonly<Record<string, number>>;
  readonly verdict: string;
  readonly rollout: string;
  /** Stages that were found by key. */
  readonly cached: number;
}

export interface DemoBench {
  readonly first: DemoRun;
  /** The same again, nothing changed. */
  readonly again: DemoRun;
  readonly target: {readonly againWallSeconds: 8; readonly met: boolean};
}

/** Everything that is not code: packages, results, the history. */
const LEFT_OUT = ['node_modules', '.git', '.ratchet', 'dist', 'coverage'];

/**
 * The demo twice, from nothing, in a copy of the code with state of its own. The launcher before it, which has a figure of
 * its own, is left out.
 */
export async function benchDemo({small}: {readonly small: boolean}): Promise<DemoBench> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ratchet-bench-demo-'));
  try {
    await cp(PACKAGE_ROOT, folder, {
      recursive: true,
      filter: (source) => !LEFT_OUT.includes(path.basename(source)),
    });
    await symlink(path.join(PACKAGE_ROOT, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
    const first = await run(folder, small);
    const again = await run(folder, small);
    return {first, again, target: {againWallSeconds: 8, met: again.wallSeconds <= 8}};
  } finally {
    // The demo ends its stack itself, unless it was killed.
    await bringDown(path.join(folder, 'examples', small ? 'mail-small' : 'mail'), () => undefined);
    await rm(folder, {recursive: true, force: true, maxRetries: 3});
  }
}

async function run(folder: string, small: boolean): Promise<DemoRun> {
  const json = path.join(folder, 'summary.json');
  await rm(json, {force: true});
  const {wallSeconds, cpuSeconds} = await timedRun(
    process.execPath,
    [path.join(folder, 'cli', 'main.ts'), 'demo', ...(small ? ['--small'] : []), '--yes', '--json', json],
    // A release that is not promoted is a result, too: code 1.
    {cwd: folder, show: true, codes: [0, 1]},
  );
  const text = await readFile(json, 'utf8').catch(() => undefined);
  if (text === undefined) throw new Error('the demo failed: it says above why');
  const {seconds, verdict, rollout, cached} = DemoSummary.parse(JSON.parse(text));
  return {wallSeconds, cpuSeconds, seconds, verdict, rollout: rollout.status, cached: cached.length};
}
