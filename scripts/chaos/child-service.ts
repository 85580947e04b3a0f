import {spawn} from 'node:child_process';
import {createServer} from 'node:net';

/** A server of somebody else that was started for a test or a fault, and how to end it. */
export interface ChildService {
  readonly pid: number;
  /** SIGTERM, and SIGKILL if it is still there after five seconds. Resolves when the process has ended. */
  readonly stop: () => Promise<void>;
}

/** `count` different TCP ports of the loopback interface that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({length: count}, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => {
            const address = server.address();
            if (address === null || typeof address === 'string') reject(new Error('no TCP port'));
            else resolve(address.port);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/**
 * Starts a server and waits until `ready` resolves.
 * Throws, with the last of what the server printed, if it ends before or is not ready within `withinMs`.
 */
export async function startService(options: {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly withinMs: number;
  /** Resolves when the server answers; rejects while it does not. Called again until then. */
  readonly ready: () => Promise<void>;
}): Promise<ChildService> {
  const child = spawn(options.command, options.args, {
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  const keep = (chunk: Buffer) => {
    printed = (printed + chunk.toString('utf8')).slice(-4000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);

  let ended: string | undefined;
  const end = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      ended ??= error.message;
      resolve();
    });
    child.once('exit', (code, signal) => {
      ended ??= `ended with ${signal ?? `code ${code}`}`;
      resolve();
    });
  });
  const stop = async () => {
    if (ended !== undefined) return;
    child.kill('SIGTERM');
    const kill = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await end;
    clearTimeout(kill);
  };

  const deadline = Date.now() + options.withinMs;
  for (;;) {
    if (ended !== undefined) throw new Error(`${options.name} ${ended}: ${printed.trim()}`);
    try {
      await options.ready();
      break;
    } catch (error) {
      if (Date.now() > deadline) {
        await stop();
        throw new Error(`${options.name} did not answer within ${options.withinMs} ms: ${printed.trim()}`, {
          cause: error,
        });
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return {pid: child.pid ?? 0, stop};
}
