import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';

export interface StoreProcess {
  readonly pid: number;
  /** The next line it prints; throws with its stderr if it ends before. */
  line(): Promise<string>;
  /** Lets a process go on that waits for a line. */
  go(): void;
  kill(): Promise<void>;
  /** Resolves when it ended with code 0; throws with its stderr otherwise. */
  done(): Promise<void>;
}

/** A real Node process that runs `test/stores/processes/NAME.ts`. */
export function startProcess(name: string, args: readonly string[]): StoreProcess {
  const script = fileURLToPath(new URL(`processes/${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, [script, ...args], {stdio: ['pipe', 'pipe', 'pipe']});
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]();
  const exit = once(child, 'exit') as Promise<[number | null, string | null]>;
  return {
    pid: child.pid!,
    async line() {
      const next = await lines.next();
      if (next.done) throw new Error(`${name} ended: ${stderr}`);
      return next.value;
    },
    go: () => void child.stdin.write('go\n'),
    async kill() {
      child.kill('SIGKILL');
      await exit;
    },
    async done() {
      const [code, signal] = await exit;
      if (code !== 0) throw new Error(`${name} ended with ${signal ?? code}: ${stderr}`);
    },
  };
}
