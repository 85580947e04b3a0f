import {spawn, type ChildProcess} from 'node:child_process';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {KEY, PROJECT, modelPath, type ProjectStore} from '../project-store.ts';

const MAIN = fileURLToPath(new URL('../../../serving/gateway/main.ts', import.meta.url));

export interface GatewayProcess {
  readonly url: string;
  readonly child: ChildProcess;
  readonly stderr: () => string;
  /** Gives the exit code, null where the signal ended it. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
}

/** The gateway as a process of its own. Traces and feedback stay with it until it is told to end, unless `args` say else. */
export async function startGatewayProcess(
  store: ProjectStore,
  engines: readonly string[],
  ...args: readonly string[]
): Promise<GatewayProcess> {
  const child = spawn(
    process.execPath,
    [
      MAIN,
      '--port',
      '0',
      '--admin-port',
      '0',
      '--before-first-release',
      'base',
      '--poll-ms',
      '100',
      '--state',
      join(store.folder, 'state'),
      ...args,
    ],
    {
      env: {
        ...process.env,
        RATCHET_PROJECT: PROJECT,
        RATCHET_STORE: store.url,
        RATCHET_ENGINES: engines.join(','),
        RATCHET_MODEL: modelPath(),
        RATCHET_PROJECT_KEY: KEY.toString('hex'),
        RATCHET_PROJECT_FOLDER: store.folder,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const url = await new Promise<string>((resolve, reject) => {
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      if (out.includes('\n')) resolve((JSON.parse(out.split('\n')[0]!) as {listening: string}).listening);
    });
    void exited.then((code) => reject(new Error(`the gateway ended with ${code}: ${errors}`)));
  });
  return {
    url,
    child,
    stderr: () => errors,
    async end(signal) {
      child.kill(signal);
      return exited;
    },
  };
}
