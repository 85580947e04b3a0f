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

export interface RunningPart {
  readonly part: Part;
  state(): PartState;
  identity(): ProcessIdentity | undefined;
  start(): void;
  /** SIGTERM, and SIGKILL to its whole group if it is still there after its grace. Resolves when it has ended. */
  stop(): Promise<void>;
}

/** One part, started again whenever it ends by itself, until it is stopped. `changed` is called with every new state, `say` with what happened. */
export function keepRunning(
  part: Part,
  options: {
    readonly log: string;
    readonly reaper: Reaper;
    readonly backOff: BackOff;
    readonly changed: () => void;
    readonly say: Say;
  },
): RunningPart {
  const {log, reaper, backOff, changed, say} = options;
  const {name} = part;
  let status: PartStatus = 'waiting';
  let note = '';
  let deaths = 0;
  let deathsInARow = 0;
  let streak = 0;
  let startedAt = 0;
  let child: ChildProcess | undefined;
  let running: ProcessIdentity | undefined;
  let timer: NodeJS.Timeout | undefined;
  let ended: Promise<void> = Promise.resolve();

  const become = (next: PartStatus, why = '') => {
    status = next;
    note = why;
    changed();
  };

  const start = () => {
    become('starting', deaths > 0 ? note : '');
    const fd = openLog(log);
    // Its own process group, so that a Ctrl-C in the terminal reaches the supervisor alone, which then stops the
    // parts in their order.
    const started = spawn(part.command, part.args, {
      cwd: part.cwd,
      env: {...part.env},
      stdio: ['ignore', fd, fd],
      detached: true,
    });
    child = started;
    running = started.pid === undefined ? undefined : identify(started.pid);
    if (running) reaper.watch(running, part.graceMs);
    startedAt = Date.now();
    say(`${name} started (process ${started.pid ?? 'none'})`);
    closeSync(fd);
    ended = new Promise((resolve) => {
      const once = (why: string) => {
        if (child !== started) return;
        child = undefined;
        if (running) reaper.forget(running.pid);
        running = undefined;
        resolve();
        died(why);
      };
      started.once('error', (error) => once(error.message));
      started.once('exit', (code, by) => once(by ? `ended by ${by}` : `ended with code ${code}`));
    });
    void untilReady(started);
  };

  const died = (why: string) => {
    clearTimeout(timer);
    if (status === 'stopping') {
      say(`${name} stopped: ${why}`);
      return become('stopped', why);
    }
    deaths += 1;
    deathsInARow += 1;
    const delay = Math.min(backOff.maxMs, backOff.firstMs * 2 ** streak);
    streak += 1;
    say(`${name} ${why}; again in ${delay} ms (death ${deaths})`, {level: 'warn'});
    become('restarting', `${why}; again in ${delay} ms`);
    timer = setTimeout(start, delay);
  };

  const untilReady = async (started: ChildProcess) => {
    while (child === started && status === 'starting') {
      try {
        await part.answers(started.pid ?? 0);
        if (child !== started || status !== 'starting') return;
        deathsInARow = 0;
        timer = setTimeout(() => (streak = 0), backOff.healthyMs);
        timer.unref();
        say(`${name} answers`, {seconds: Math.round((Date.now() - startedAt) / 100) / 10});
        return become('ready');
      } catch (error) {
        note = (error as Error).message;
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };

  return {
    part,
    start,
    state: () => ({status, deaths, deathsInARow, note}),
    identity: () => running,
    async stop() {
      clearTimeout(timer);
      const last = running;
      if (!child || !last) return become('stopped');
      become('stopping');
      signal(last, 'SIGTERM');
      const kill = setTimeout(() => {
        say(`${name} did not end within ${part.graceMs} ms: killed`, {level: 'warn'});
        signal(last, 'SIGKILL', true);
      }, part.graceMs);
      await ended;
      clearTimeout(kill);
    },
  };
}
