import {spawn} from 'node:child_process';
import {cpuOf, NO_PROC, type Measured} from './proc.ts';

export interface TimedRun {
  readonly code: number | null;
  readonly stdout: string;
  /** From the start of the process to its end. */
  readonly wallSeconds: number;
  /** Of the process and all that it started and waited for. */
  readonly cpuSeconds: Measured;
}

/**
 * Runs a command to its end. What it says on standard error is shown where `show` is set; else it is the error's text when
 * the command ends with another code than one of `codes`. No other child of this process may end meanwhile.
 */
export async function timedRun(
  command: string,
  args: readonly string[],
  options: {
    readonly env?: NodeJS.ProcessEnv;
    readonly cwd?: string;
    readonly show?: boolean;
    readonly codes?: readonly number[];
  } = {},
): Promise<TimedRun> {
  const {env = process.env, cwd, show = false, codes = [0]} = options;
  const before = cpuOf('self');
  const started = performance.now();
  const child = spawn(command, args, {env, cwd, stdio: ['ignore', 'pipe', show ? 'inherit' : 'pipe']});
  let stdout = '';
  let stderr = '';
  child.stdout!.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-2_000)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (ended) => resolve(ended));
  });
  const wallSeconds = (performance.now() - started) / 1000;
  const after = cpuOf('self');
  if (code === null || !codes.includes(code))
    throw new Error(`${[command, ...args].join(' ')} ended with ${code}: ${stderr.trim()}`);
  const cpuSeconds = before && after ? after.children - before.children : NO_PROC;
  return {code, stdout, wallSeconds, cpuSeconds};
}
