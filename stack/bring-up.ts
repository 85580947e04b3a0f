import {spawn} from 'node:child_process';
import {closeSync, fstatSync} from 'node:fs';
import path from 'node:path';
import {RatchetError} from '../schemas/errors.ts';
import {thisBuild} from '../host/build.ts';
import {bringDown} from './bring-down.ts';
import {liveFor} from './live-stack.ts';
import {lastLines, openLog} from './log-file.ts';
import {ownProgram} from './own-program.ts';
import {giveBackWhenIdle} from './give-back.ts';
import {planStack} from './plan.ts';
import type {StackOf} from './program-parts.ts';
import {readStack, stackPaths} from './stack-file.ts';
import type {StackState} from './stack-file.ts';
import {askToServe, supervise} from './supervisor.ts';
import {closeConnections, externalTemporal, registerSearchAttributes} from './temporal.ts';
import type {Supervisor} from './supervisor.ts';

/** So many deaths in a row without an answer in between, and a start is given up. */
const TOO_MANY_DEATHS = 4;

export interface BringUp {
  /** One line of progress. */
  readonly say: (line: string) => void;
  /** How long every part may take to answer, in ms. */
  readonly withinMs: number;
  /**
   * Return when a run can begin: Temporal and the workers answer. Engines and gateway follow when somebody brings up the whole
   * stack, or some seconds later.
   */
  readonly toBegin?: boolean;
  /** A stack of other workflow code is ended and started anew; else it is left as it is, and said so. */
  readonly upgrade?: boolean;
}

export type BroughtUp = {readonly state: StackState; readonly already: boolean};

/**
 * The stack of a project, up and answering, supervised by a process of its own. `already`: it was up before.
 * Throws Unavailable, naming the part and the last lines of its log, if one keeps dying or is not ready in time; what
 * was started is ended again.
 */
export async function bringUpDetached(of: StackOf, options: BringUp): Promise<BroughtUp> {
  const live = await liveOfThisBuild(of, options);
  if (live?.status === 'ready') return {state: live, already: true};
  if (!live) {
    await prepareCluster(options.say);
    await startSupervisor(of, options);
  }
  if (!options.toBegin) askToServe(of.folder);
  const progress = new StartProgress(of.folder, options);
  try {
    for (;;) {
      const state = liveFor(of);
      if (!state) throw supervisorGone(of.folder);
      progress.look(state);
      if (state.status === 'ready' || (options.toBegin && canBegin(state))) return {state, already: false};
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  } catch (error) {
    if (!live) await bringDown(of.folder, () => {});
    throw error;
  }
}

/** The stack of a project supervised by this very process: it lives as long as this does. */
export async function bringUpHere(
  of: StackOf,
  options: BringUp,
): Promise<Supervisor | {readonly already: StackState}> {
  const live = await liveOfThisBuild(of, options);
  if (live) return {already: live};
  await prepareCluster(options.say);
  giveBackWhenIdle();
  const progress = new StartProgress(of.folder, options);
  const supervisor = await supervise(of.folder, (ports) => planStack(of, ports), {
    changed: (state) => progress.note(state),
  });
  const giveUp = Promise.withResolvers<never>();
  const ticking = setInterval(() => {
    try {
      progress.look(supervisor.state());
    } catch (error) {
      giveUp.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }, 150);
  try {
    await Promise.race([supervisor.ready, giveUp.promise]);
  } catch (error) {
    await supervisor.stop();
    throw error;
  } finally {
    clearInterval(ticking);
  }
  return supervisor;
}

/**
 * The live stack, if it was started with the workflow code that is here now. One of other code is ended first (`upgrade`):
 * what waits on it goes on where it is, on the version that it began with.
 */
async function liveOfThisBuild(of: StackOf, {say, upgrade}: BringUp): Promise<StackState | undefined> {
  const live = liveFor(of);
  if (!live) return undefined;
  const {id} = await thisBuild();
  if (live.build === id) return live;
  const {project} = of.config;
  const between = `the stack of ${project} runs build ${live.build ?? 'of an older Ratchet'}, and here is ${id}`;
  if (!upgrade) {
    say(`${between}: it keeps running as it is; \`ratchet up ${project}\` moves it`);
    return live;
  }
  say(`${between}: restarting it; waiting runs continue with the code they began with`);
  await bringDown(of.folder, () => undefined);
  return undefined;
}

function canBegin({parts}: StackState): boolean {
  const needed = Object.entries(parts).filter(([name]) => name === 'temporal' || name.startsWith('worker-'));
  return needed.length > 0 && needed.every(([, {status}]) => status === 'ready');
}

/** A cluster of the user's own needs the search attributes that `up` gives a local server. */
async function prepareCluster(say: (line: string) => void): Promise<void> {
  const external = externalTemporal();
  if (!external) return;
  try {
    const missing = await registerSearchAttributes(external);
    if (missing.length > 0)
      say(
        `Temporal at ${external.address} lacks the search attributes ${missing.join(', ')} (Keyword), and an operator has to add them: workflows wait for them`,
      );
  } catch (cause) {
    throw new RatchetError(
      'Unavailable',
      `Temporal at ${external.address} does not answer: see TEMPORAL_ADDRESS`,
      {cause},
    );
  } finally {
    await closeConnections();
  }
}

async function startSupervisor(of: StackOf, {say, toBegin}: BringUp): Promise<void> {
  const paths = stackPaths(of.folder);
  const fd = openLog(paths.supervisorLog);
  const before = fstatSync(fd).size;
  const child = spawn(
    process.execPath,
    [ownProgram('stack/main'), '--file', of.file, ...(toBegin ? ['--serve-when-asked'] : [])],
    {
      cwd: of.folder,
      env: {...process.env, RATCHET_PROJECT_KEY: of.rowKey},
      stdio: ['ignore', fd, fd],
      detached: true,
    },
  );
  closeSync(fd);
  child.unref();
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  say(
    `starting the stack of ${of.config.project} (supervisor: process ${child.pid ?? 0}; logs: ${paths.logs})`,
  );
  let over = false;
  void ended.then(() => (over = true));
  while (readStack(of.folder)?.supervisor.pid !== child.pid) {
    if (over) throw supervisorGone(of.folder, before);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** `from`: the byte of its log that this start began at. */
function supervisorGone(folder: string, from = 0): RatchetError {
  const log = stackPaths(folder).supervisorLog;
  const last = lastLines(log, 5, from);
  return new RatchetError('Unavailable', `the supervisor ended: ${last.join(' / ') || `see ${log}`}`);
}

/** Tells what changes while a stack starts, and when to give up. */
class StartProgress {
  private readonly folder: string;
  private readonly options: BringUp;
  private readonly seen = new Map<string, string>();
  private readonly started = Date.now();

  constructor(folder: string, options: BringUp) {
    this.folder = folder;
    this.options = options;
  }

  /** Says what is new. */
  note(state: StackState): void {
    if (state.status === 'stopping' || state.status === 'stopped') return;
    for (const [name, part] of Object.entries(state.parts)) {
      const now = `${part.status} ${part.deaths}`;
      if (this.seen.get(name) === now) continue;
      const before = this.seen.get(name);
      this.seen.set(name, now);
      if (part.status === 'ready')
        this.options.say(
          `  ${name} is ready${before && part.deaths > 0 ? ' again' : ` (${this.seconds()} s)`}`,
        );
      if (part.status === 'restarting') this.options.say(`  ${name} ${part.note}`);
    }
  }

  /** Says what is new; throws Unavailable if a part keeps dying or the time is over. */
  look(state: StackState): void {
    this.note(state);
    const dying = Object.entries(state.parts).find(([, part]) => part.deathsInARow >= TOO_MANY_DEATHS);
    if (dying) throw this.giveUp(dying[0], `keeps dying (${dying[1].deathsInARow} times: ${dying[1].note})`);
    if (Date.now() - this.started < this.options.withinMs) return;
    const late = Object.entries(state.parts).find(([, part]) => part.status !== 'ready');
    if (late)
      throw this.giveUp(
        late[0],
        `is not ready after ${this.seconds()} s${late[1].note ? ` (${late[1].note})` : ''}`,
      );
  }

  private giveUp(name: string, what: string): RatchetError {
    const log = path.join(stackPaths(this.folder).logs, `${name}.log`);
    const last = lastLines(log, 8);
    return new RatchetError(
      'Unavailable',
      [
        `${name} ${what}; the last lines of ${log}:`,
        ...(last.length > 0 ? last : ['(nothing)']).map((line) => `  ${line.slice(0, 300)}`),
      ].join('\n'),
    );
  }

  private seconds(): string {
    return ((Date.now() - this.started) / 1000).toFixed(1);
  }
}
