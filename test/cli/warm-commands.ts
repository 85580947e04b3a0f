import {fork, type ChildProcess} from 'node:child_process';
import type {Answer} from './cli.ts';

export interface Call {
  readonly args: readonly string[];
  readonly from: string;
  readonly env: NodeJS.ProcessEnv;
}

/** A process that has the code of commands loaded and runs one after the other: most of a command's time is loading it. */
export class WarmCommands {
  #child: ChildProcess | undefined;
  #busy = false;

  /** Undefined while another command runs: two of them would share one environment. */
  call(call: Call): Promise<Answer> | undefined {
    if (this.#busy) return undefined;
    this.#busy = true;
    const child = (this.#child ??= this.#start());
    // What waits for an answer keeps the process of the tests; an idle command line does not.
    child.ref();
    child.channel!.ref();
    return new Promise<Answer>((resolve, reject) => {
      const ended = (code: number | null): void => {
        this.#child = undefined;
        reject(new Error(`the process of the commands ended with ${code} in ${call.args.join(' ')}`));
      };
      child.once('exit', ended);
      child.once('message', (answer: Answer) => {
        child.off('exit', ended);
        resolve(answer);
      });
      child.send(call);
    }).finally(() => {
      this.#busy = false;
      child.unref();
      child.channel?.unref();
    });
  }

  #start(): ChildProcess {
    return fork(new URL('./warm-command.ts', import.meta.url), [], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  }
}
