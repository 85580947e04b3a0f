import {spawn, type ChildProcess} from 'node:child_process';
import {mkdtempSync, readdirSync, readlinkSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';

export interface Container {
  readonly name: string;
  readonly command: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly {name: string; value?: string; valueFrom?: {fieldRef: {fieldPath: string}}}[];
  readonly volumeMounts?: readonly {name: string; mountPath: string}[];
}

/**
 * A pod's container as a process of this machine: its command, args and env alone, a folder of its own for each emptyDir, and
 * no process that outlives it.
 */
export class PodProcess {
  readonly folder: string;
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #listeners = new Set<(line: string | null) => void>();
  #rest = '';
  ended = false;

  constructor(
    container: Container,
    metadata: {name: string; labels?: Record<string, string>},
    exited: (code: number) => void,
  ) {
    this.folder = mkdtempSync(path.join(tmpdir(), 'ratchet-pod-'));
    const mounted = (value: string) => {
      const mount = container.volumeMounts?.find(
        ({mountPath}) => value === mountPath || value.startsWith(`${mountPath}/`),
      );
      return mount ? path.join(this.folder, mount.name, value.slice(mount.mountPath.length)) : value;
    };
    const field = (fieldPath: string): string => {
      const label = /^metadata\.labels\['(.+)'\]$/.exec(fieldPath)?.[1];
      return label === undefined ? metadata.name : (metadata.labels?.[label] ?? '');
    };
    const env = Object.fromEntries(
      (container.env ?? []).map(({name, value, valueFrom}) => [
        name,
        valueFrom ? field(valueFrom.fieldRef.fieldPath) : mounted(value ?? ''),
      ]),
    );
    const [command, ...args] = [...container.command, ...(container.args ?? [])];
    this.#child = spawn(command!, args, {cwd: this.folder, env, stdio: ['ignore', 'pipe', 'pipe']});
    this.#child.stdout!.on('data', (chunk: Buffer) => this.#hear(chunk));
    this.#child.stderr!.on('data', (chunk: Buffer) => this.#hear(chunk));
    // A container whose command cannot be run.
    this.#child.once('error', () => this.#end(128, exited));
    this.#child.once('close', (code, signal) => {
      this.#end(code ?? 128 + (signal === 'SIGKILL' ? 9 : 15), exited);
    });
  }

  /** The kubelet's SIGTERM, and SIGKILL after the grace period. */
  terminate(graceSeconds: number): void {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.kill(), graceSeconds * 1000);
    this.#child.once('close', () => clearTimeout(timer));
  }

  /** The node is gone, or the kernel was out of memory: every process at once. */
  kill(): void {
    this.#child.kill('SIGKILL');
    this.#killRest();
  }

  /** Lines so far, then as they come; null at the end. Returns how to stop listening. */
  listen(listener: (line: string | null) => void): () => void {
    for (const line of this.lines) listener(line);
    if (this.ended) listener(null);
    else this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  remove(): void {
    this.#killRest();
    rmSync(this.folder, {recursive: true, force: true});
  }

  #hear(chunk: Buffer): void {
    const parts = (this.#rest + chunk.toString('utf8')).split('\n');
    this.#rest = parts.pop()!;
    for (const line of parts) {
      this.lines.push(line);
      for (const listener of this.#listeners) listener(line);
    }
  }

  #end(code: number, exited: (code: number) => void): void {
    if (this.ended) return;
    this.ended = true;
    this.#killRest();
    for (const listener of this.#listeners) listener(null);
    this.#listeners.clear();
    exited(code);
  }

  /** What else ran in the container's process namespace: on Linux known by where it runs. */
  #killRest(): void {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        if (readlinkSync(`/proc/${pid}/cwd`).startsWith(this.folder)) process.kill(Number(pid), 'SIGKILL');
      } catch {
        // Gone, or not ours.
      }
    }
  }
}
