import {fork, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import type {MutantOutcome, MutantJob} from './runner.ts';

/** The runner's process: started when it is first asked, and again after one that had to be ended. */
export class Warm {
  readonly #root: string;
  #child: ChildProcess | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /** `timeout`: the tests did not end within `ms`, or their process ended in the middle. */
  async run(asked: MutantJob, ms: number): Promise<MutantOutcome | 'timeout'> {
    this.#child ??= await this.#start();
    const child = this.#child;
    child.send(asked);
    const answered = new Promise<MutantOutcome | 'timeout'>((resolve) => {
      const end = (answer: MutantOutcome | 'timeout'): void => {
        clearTimeout(timer);
        child.removeAllListeners('message').removeAllListeners('exit');
        resolve(answer);
      };
      const timer = setTimeout(() => end('timeout'), ms);
      child.once('message', end);
      child.once('exit', () => end('timeout'));
    });
    const answer = await answered;
    if (answer === 'timeout') await this.stop();
    return answer;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    // With the processes of its tests, which a loop without an end would keep.
    process.kill(-child.pid, 'SIGKILL');
    await gone;
  }

  async #start(): Promise<ChildProcess> {
    const child = fork(new URL('./runner.ts', import.meta.url), [this.#root], {
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const gone = once(child, 'exit').then(([code]) => {
      throw new Error(`mutate: the tests' process ended with ${code} before it was ready; see above`);
    });
    await Promise.race([once(child, 'message'), gone]);
    gone.catch(() => {});
    return child;
  }
}
