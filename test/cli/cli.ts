import {spawn} from 'node:child_process';
import {mkdirSync, mkdtempSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {WarmCommands} from './warm-commands.ts';

export const MAIN = path.join(import.meta.dirname, '..', '..', 'cli', 'main.ts');

export interface Answer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A user with an empty home of their own, and folders to work in. */
export class User {
  readonly home = mkdtempSync(path.join(os.tmpdir(), 'ratchet-user-'));
  readonly env: NodeJS.ProcessEnv;

  constructor(env: NodeJS.ProcessEnv = {}) {
    this.env = {
      PATH: process.env['PATH'],
      HOME: this.home,
      XDG_STATE_HOME: path.join(this.home, 'state'),
      XDG_CONFIG_HOME: path.join(this.home, 'config'),
      NO_COLOR: '1',
      // Of every checkout the same.
      RATCHET_COMMAND: 'ratchet',
      // Compiled code is nobody's own: with an empty cache each command reads its code anew.
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      ...env,
    };
  }

  folder(name: string): string {
    const folder = path.join(this.home, name);
    mkdirSync(folder, {recursive: true});
    return folder;
  }

  /**
   * The real command line, without a terminal. `from`: the folder it is called in. Commands that follow one another run in one
   * process, which has their code loaded; `alone` gives this one a process of its own.
   */
  ratchet(
    args: readonly string[],
    {
      from = this.home,
      env = {},
      alone = false,
    }: {from?: string; env?: NodeJS.ProcessEnv; alone?: boolean} = {},
  ): Promise<Answer> {
    const given = {...this.env, ...env};
    return (alone ? undefined : warm.call({args, from, env: given})) ?? asProcess(args, from, given);
  }
}

/** Of this test file. */
const warm = new WarmCommands();

function asProcess(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Answer> {
  const child = spawn(process.execPath, [MAIN, ...args], {cwd, env, stdio: ['ignore', 'pipe', 'pipe']});
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({code, stdout, stderr}));
  });
}
