import {spawn} from 'node:child_process';
import type {ChildProcess} from 'node:child_process';
import {closeSync} from 'node:fs';
import {openLog} from './log-file.ts';
import type {Part, PartState, PartStatus} from './part.ts';
import {identify, signal} from '../host/process-identity.ts';
import type {ProcessIdentity} from '../host/process-identity.ts';
import type {Reaper} from './reaper-process.ts';
import type {Say} from '../telemetry/log.ts';

/** Exponential back-off: firstMs, doubled with every death up to maxMs, from the start again after healthyMs of health. */
export interface BackOff {
  readonly firstMs: number;
  readonly maxMs: number;
  readonly healthyMs: number;
}
export const BACK_OFF: BackOff = {firstMs: 250, maxMs: 10_000, healthyMs: 30_000};

interface KeepOptions {
  readonly log: string;
  readonly reaper: Reaper;
  readonly backOff: BackOff;
  /** Called with every new state. */
  readonly changed: () => void;
  readonly say: Say;
}

/** One part, started again whenever it ends by itself, until it is stopped. */
export class RunningPart {
  readonly part: Part;
  readonly #options: KeepOptions;
  #status: PartStatus = 'waiting';
  #note = '';
  #deaths = 0;
  #deathsInARow = 0;
  /** Deaths since it was healthy for long enough. */
  #streak = 0;
  #startedAt = 0;
  #child: ChildProcess | undefined;
  #identity: ProcessIdentity | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(part: Part, options: KeepOptions) {
    this.part = part;
    this.#options = options;
  }

  get state(): PartState {
    return {
      status: this.#status,
      deaths: this.#deaths,
      deathsInARow: this.#deathsInARow,
      note: this.#note,
    };
  }

  /** Of the process that runs now. */
  get identity(): ProcessIdentity | undefined {
    return this.#identity;
  }

  start(): void {
    const {part} = this;
    const {log, reaper, say} = this.#options;
    this.#become('starting', this.#deaths > 0 ? this.#note : '');
    const fd = openLog(log);
    // Its own process group, so that a Ctrl-C in the terminal reaches the supervisor alone, which then stops the
    // parts in their order.
    const started = spawn(part.command, part.args, {
      cwd: part.cwd,
      env: {...part.env},
      stdio: ['ignore', fd, fd],
      detached: true,
    });
    this.#child = started;
    this.#identity = started.pid === undefined ? undefined : identify(started.pid);
    if (this.#identity) reaper.watch(this.#identity, part.graceMs);
    this.#startedAt = Date.now();
    say(`${part.name} started (process ${started.pid ?? 'none'})`);
    closeSync(fd);
    this.#ended = new Promise((resolve) => {
      const once = (why: string) => {
        if (this.#child !== started) return;
        this.#child = undefined;
        if (this.#identity) reaper.forget(this.#identity.pid);
        this.#identity = undefined;
        resolve();
        this.#died(why);
      };
      started.once('error', (error) => once(error.message));
      started.once('exit', (code, by) => once(by ? `ended by ${by}` : `ended with code ${code}`));
    });
    void this.#untilReady(started);
  }

  /** SIGTERM, and SIGKILL to its whole group if it is still there after its grace. Resolves when it has ended. */
  async stop(): Promise<void> {
    const {name, graceMs} = this.part;
    clearTimeout(this.#timer);
    const last = this.#identity;
    if (!this.#child || !last) return this.#become('stopped');
    this.#become('stopping');
    signal(last, 'SIGTERM');
    const kill = setTimeout(() => {
      this.#options.say(`${name} did not end within ${graceMs} ms: killed`, {level: 'warn'});
      signal(last, 'SIGKILL', true);
    }, graceMs);
    await this.#ended;
    clearTimeout(kill);
  }

  #become(next: PartStatus, why = ''): void {
    this.#status = next;
    this.#note = why;
    this.#options.changed();
  }

  #died(why: string): void {
    const {name} = this.part;
    const {backOff, say} = this.#options;
    clearTimeout(this.#timer);
    if (this.#status === 'stopping') {
      say(`${name} stopped: ${why}`);
      return this.#become('stopped', why);
    }
    this.#deaths += 1;
    this.#deathsInARow += 1;
    const delay = Math.min(backOff.maxMs, backOff.firstMs * 2 ** this.#streak);
    this.#streak += 1;
    say(`${name} ${why}; again in ${delay} ms (death ${this.#deaths})`, {level: 'warn'});
    this.#become('restarting', `${why}; again in ${delay} ms`);
    this.#timer = setTimeout(() => this.start(), delay);
  }

  async #untilReady(started: ChildProcess): Promise<void> {
    const {backOff, say} = this.#options;
    const isStarting = () => this.#child === started && this.#status === 'starting';
    while (isStarting()) {
      try {
        await this.part.answers(started.pid ?? 0);
        if (!isStarting()) return;
        this.#deathsInARow = 0;
        this.#timer = setTimeout(() => (this.#streak = 0), backOff.healthyMs);
        this.#timer.unref();
        const seconds = Math.round((Date.now() - this.#startedAt) / 100) / 10;
        say(`${this.part.name} answers`, {seconds});
        return this.#become('ready');
      } catch (error) {
        this.#note = (error as Error).message;
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
