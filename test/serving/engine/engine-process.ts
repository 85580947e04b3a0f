import {spawn, type ChildProcess} from 'node:child_process';
import {fileURLToPath} from 'node:url';

const MAIN = fileURLToPath(new URL('../../../serving/engine/main.ts', import.meta.url));

/** One choice of a completion, of a chat answer, or of a chunk of either: what the tests look at. */
export interface AnswerChoice {
  readonly index: number;
  readonly text: string;
  readonly message: {readonly role: string; readonly content: string};
  readonly delta: {readonly role?: string; readonly content?: string};
  readonly finish_reason: string | null;
  readonly stop_reason: string | null;
  readonly logprobs: {
    readonly tokens: string[];
    readonly token_logprobs: (number | null)[];
    readonly text_offset: number[];
  };
  readonly prompt_logprobs: (Record<string, {logprob: number; rank: null; decoded_token: string}> | null)[];
  readonly choice_logprobs: Record<string, number>;
}
/** Whatever the engine answered: each test reads the part that its request asks for. */
export interface AnswerBody {
  readonly model: string;
  readonly choices: AnswerChoice[];
  readonly usage: {
    readonly prompt_tokens: number;
    readonly completion_tokens: number;
    readonly total_tokens: number;
  };
  readonly error?: {readonly message: string; readonly type: string; readonly code: number};
  readonly data: {readonly id: string; readonly parent: string | null}[];
  readonly count: number;
  readonly tokens: number[];
  readonly contexts: string[];
  readonly waiting: number;
}

export interface EngineProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** SIGTERM; gives the exit code. */
  stop(): Promise<number | null>;
  /** POST as JSON; the parsed answer, or its text where it is no JSON. */
  post(path: string, body: unknown): Promise<{status: number; headers: Headers; body: AnswerBody}>;
  get(path: string): Promise<AnswerBody>;
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

function parsed(text: string): AnswerBody {
  try {
    return JSON.parse(text) as AnswerBody;
  } catch {
    return text as unknown as AnswerBody;
  }
}

/** The `data:` lines of a stream of server-sent events; `[DONE]` must be the last. */
export async function events(url: string, body: unknown): Promise<AnswerBody[]> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify(body),
  });
  const lines = (await answer.text()).split('\n\n').filter((line) => line !== '');
  if (lines.pop() !== 'data: [DONE]') throw new Error('the stream did not end with [DONE]');
  return lines.map((line) => JSON.parse(line.replace(/^data: /, '')) as AnswerBody);
}
