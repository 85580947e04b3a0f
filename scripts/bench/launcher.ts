import path from 'node:path';
import {z} from 'zod';
import {environmentVariables, resolveEnvironment} from '../../launcher/environment.js';
import {PACKAGE_ROOT} from '../../stack/own-program.ts';
import {percentiles} from './load.ts';
import {NO_PROC, type Measured} from './proc.ts';
import {timedRun} from './timed-run.ts';

export interface LauncherBench {
  readonly starts: number;
  /** Medians of the starts, of the whole process. */
  readonly wallSeconds: number;
  readonly cpuSeconds: Measured;
  readonly target: {readonly wallSeconds: 2; readonly met: boolean};
}

const SetUp = z.object({steps: z.array(z.object({name: z.string(), state: z.string()}))});

/** The launcher's start when everything is there: it looks at each part and does nothing. */
export async function benchLauncher({starts = 7}: {readonly starts?: number} = {}): Promise<LauncherBench> {
  const launch = path.join(PACKAGE_ROOT, 'launcher', 'launch.js');
  const start = () => timedRun(process.execPath, [launch, 'setup', '--json'], {env: asFirstCalled()});
  await start();
  const wall: number[] = [];
  const cpu: number[] = [];
  for (let i = 0; i < starts; i++) {
    const {stdout, wallSeconds, cpuSeconds} = await start();
    const built = SetUp.parse(JSON.parse(stdout)).steps.find(({state}) => state === 'built');
    if (built) throw new Error(`the launcher built ${built.name} at a start that should only have looked`);
    wall.push(wallSeconds);
    if (typeof cpuSeconds === 'number') cpu.push(cpuSeconds);
  }
  const wallSeconds = percentiles(wall).p50;
  return {
    starts,
    wallSeconds,
    cpuSeconds: cpu.length === starts ? percentiles(cpu).p50 : NO_PROC,
    target: {wallSeconds: 2, met: wallSeconds <= 2},
  };
}

/**
 * Without the variables by which the launcher tells its children where the parts are, since with them it has nothing to
 * look for; unless the user's own variables name other parts than the launcher would find.
 */
function asFirstCalled(): NodeJS.ProcessEnv {
  const told = environmentVariables(resolveEnvironment());
  const env = {...process.env};
  for (const name of Object.keys(told)) if (name !== 'RATCHET_CACHE') delete env[name];
  const found = environmentVariables(resolveEnvironment(env));
  return Object.entries(told).every(([name, value]) => found[name] === value) ? env : process.env;
}
