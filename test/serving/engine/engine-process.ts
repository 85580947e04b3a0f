import {spawn, type ChildProcess} from 'node:child_process';
import {fileURLToPath} from 'node:url';

const MAIN = fileURLToPath(new URL('../../../serving/engine/main.ts', import.meta.url));

export interface EngineProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** SIGTERM; gives the exit code. */
  stop(): Promise<number | null>;
  /** POST as JSON; the parsed answer, or its text where it is no JSON. */
  post(path: string, body: unknown): Promise<{status: number; headers: Headers; body: any}>;
  get(path: string): Promise<any>;
}

/** A real engine process with the default model, one thread. Throws with its stderr if it ends before it answers. */
export async function startEngine(...args: string[]): Promise<EngineProcess> {
  const child = spawn(process.execPath, [MAIN, '--threads', '1', '--die-with-parent', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const url = await new Promise<string>((resolve, reject) => {
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      if (out.includes('\n')) resolve((JSON.parse(out.split('\n')[0]!) as {listening: string}).listening);
    });
    void exited.then((code) => reject(new Error(`the engine ended with ${code}: ${errors}`)));
  });
  return {
    url,
    child,
    stop: async () => {
      child.kill('SIGTERM');
      return exited;
    },
    post: async (path, body) => {
      const answer = await fetch(url + path, {
        method: 'POST',
        headers: {'content-type': 'application/json'},
        body: JSON.stringify(body),
      });
      const text = await answer.text();
      return {status: answer.status, headers: answer.headers, body: parsed(text)};
    },
    get: async (path) => parsed(await (await fetch(url + path)).text()),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The `data:` lines of a stream of server-sent events; `[DONE]` must be the last. */
export async function events(url: string, body: unknown): Promise<any[]> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify(body),
  });
  const lines = (await answer.text()).split('\n\n').filter((line) => line !== '');
  if (lines.pop() !== 'data: [DONE]') throw new Error('the stream did not end with [DONE]');
  return lines.map((line) => JSON.parse(line.replace(/^data: /, '')) as unknown);
}
