import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '..', '..');

export interface WorkflowWorker {
  /** What it has said so far. */
  readonly said: () => string;
  /** SIGTERM; resolves when it has ended. */
  readonly stop: () => Promise<void>;
}

/** A copy of this checkout that tests may change, without git. */
export class Checkout {
  readonly root: string;

  constructor() {
    this.root = mkdtempSync(path.join(tmpdir(), 'ratchet-checkout-'));
    for (const room of [
      'activities',
      'core',
      'host',
      'models',
      'schemas',
      'serving',
      'stores',
      'telemetry',
      'temporal',
      'threads',
      'workers',
      'workflows',
    ])
      cpSync(path.join(ROOT, room), path.join(this.root, room), {recursive: true});
    cpSync(path.join(ROOT, 'package.json'), path.join(this.root, 'package.json'));
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(this.root, 'node_modules'));
  }

  /** Replaces a piece of a file, which must be there. */
  change(file: string, from: string, to: string): void {
    const at = path.join(this.root, file);
    const text = readFileSync(at, 'utf8');
    if (!text.includes(from)) throw new Error(`${file} holds no ${from}`);
    writeFileSync(at, text.replace(from, to));
  }

  /** Its workflow worker, as `ratchet up` starts it. */
  workflowWorker(env: NodeJS.ProcessEnv): WorkflowWorker {
    const args = [path.join(this.root, 'workers', 'main.ts'), '--kind', 'workflow'];
    const child: ChildProcess = spawn(process.execPath, args, {
      cwd: this.root,
      env: {PATH: process.env['PATH'], HOME: this.root, RATCHET_CACHE: path.join(this.root, 'cache'), ...env},
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout!, child.stderr!])
      stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const ended = once(child, 'close');
    return {
      said: () => said,
      async stop() {
        child.kill('SIGTERM');
        await ended;
      },
    };
  }

  remove(): void {
    rmSync(this.root, {recursive: true, force: true});
  }
}
