import {chmodSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {RatchetError} from '../schemas/errors.ts';
import {claim, releaseClaim} from './claim.ts';
import {BACK_OFF, RunningPart, type BackOff} from './running-part.ts';
import {endLeftovers} from './leftovers.ts';
import {cutLog, sayIn} from './log-file.ts';
import type {Part} from './part.ts';
import {identify} from '../host/process-identity.ts';
import {HeldPorts} from './ports.ts';
import {startReaper, type Reaper} from './reaper-process.ts';
import {stackPaths, writeStack} from './stack-file.ts';
import type {StackState} from './stack-file.ts';
import type {Say} from '../telemetry/log.ts';

/** What a supervisor keeps running, and what it tells the others about it. */
export interface StackPlan {
  readonly folder: string;
  readonly project: string;
  readonly file: string;
  readonly store: string;
  /** Build ID of the workflow code. */
  readonly build?: string;
  readonly addresses: Pick<
    StackState,
    'temporal' | 'namespace' | 'ui' | 'codec' | 'gateway' | 'admin' | 'engines'
  >;
  readonly parts: readonly Part[];
}

interface SuperviseOptions {
  readonly changed?: (state: StackState) => void;
  /** The parts that serve begin when somebody asks (`askToServe`), or so long after all others have answered. Ms. */
  readonly serveAfterMs?: number;
  readonly backOff?: BackOff;
}

/**
 * Claims the folder, ends what a killed supervisor left there, and keeps the parts of a plan running until stopped.
 * The plan is made after the claim, since it chooses ports. Throws InvalidInput if the folder is already claimed.
 */
export async function supervise(
  folder: string,
  plan: (ports: HeldPorts) => Promise<StackPlan>,
  options: SuperviseOptions = {},
): Promise<Supervisor> {
  const paths = stackPaths(folder);
  const holder = claim(paths.claim);
  if (holder)
    throw new RatchetError('InvalidInput', `a stack already runs in ${folder} (process ${holder.pid})`);
  const ports = new HeldPorts();
  try {
    mkdirSync(paths.logs, {recursive: true, mode: 0o700});
    rmSync(paths.serve, {force: true});
    const left = await endLeftovers(folder);
    if (left.length > 0)
      sayIn(paths.supervisorLog)(`ended what a killed supervisor left: ${left.join(', ')}`, {level: 'warn'});
    const supervisor = new Supervisor(await plan(ports), ports, options);
    supervisor.start();
    return supervisor;
  } catch (error) {
    ports.release();
    releaseClaim(paths.claim);
    throw error;
  }
}

/** Asks the supervisor of this folder to start the parts that serve, if it waits with them. */
export function askToServe(folder: string): void {
  writeFileSync(stackPaths(folder).serve, '', {mode: 0o600});
}

const CUT_LOGS_MS = 10_000;
const ASKED_MS = 200;

/** Keeps the parts of a plan running, each begun once those that it is after have answered. */
export class Supervisor {
  /** Resolves when every part has answered its health check once. */
  readonly ready: Promise<void>;
  #becomeReady!: () => void;
  readonly #plan: StackPlan;
  readonly #ports: HeldPorts;
  readonly #changed: ((state: StackState) => void) | undefined;
  readonly #say: Say;
  readonly #me = identify(process.pid)!;
  readonly #reaper: Reaper;
  readonly #parts: readonly RunningPart[];
  /** Names of the parts that have answered. */
  readonly #everReady = new Set<string>();
  #status: StackState['status'] = 'starting';
  #stepping = false;
  #cutting: NodeJS.Timeout | undefined;
  /** Null once the parts that serve may begin. */
  #serveAfterMs: number | null;
  /** Ends the wait with them. */
  #serving: NodeJS.Timeout | undefined;
  #asking: NodeJS.Timeout | undefined;
  #stopping: Promise<void> | undefined;

  constructor(
    plan: StackPlan,
    ports: HeldPorts,
    {changed, serveAfterMs, backOff = BACK_OFF}: SuperviseOptions,
  ) {
    const names = new Set(plan.parts.map(({name}) => name));
    for (const part of plan.parts)
      for (const name of part.after)
        if (!names.has(name)) throw new RangeError(`${part.name} is after ${name}, which is no part`);
    const paths = stackPaths(plan.folder);
    closeToOthers(paths.home);
    this.#plan = plan;
    this.#ports = ports;
    this.#changed = changed;
    this.#serveAfterMs = serveAfterMs ?? null;
    const say = sayIn(paths.supervisorLog, plan.project);
    this.#say = say;
    this.ready = new Promise((resolve) => (this.#becomeReady = resolve));
    say(`starting ${[...names].join(', ')} (supervisor: process ${process.pid})`);
    const reaper = startReaper(paths.jobs, paths.supervisorLog);
    this.#reaper = reaper;
    this.#parts = plan.parts.map((part) => {
      const log = path.join(paths.logs, `${part.name}.log`);
      return new RunningPart(part, {log, reaper, backOff, changed: () => this.#step(), say});
    });
  }

  start(): void {
    const {logs, supervisorLog} = stackPaths(this.#plan.folder);
    this.#cutting = setInterval(() => {
      for (const {name} of this.#plan.parts) cutLog(path.join(logs, `${name}.log`));
      cutLog(supervisorLog);
    }, CUT_LOGS_MS);
    if (this.#serveAfterMs !== null)
      this.#asking = setInterval(() => {
        if (existsSync(stackPaths(this.#plan.folder).serve)) this.#serve();
      }, ASKED_MS);
    this.#step();
  }

  #serve(): void {
    this.#serveAfterMs = null;
    clearInterval(this.#asking);
    clearTimeout(this.#serving);
    this.#step();
  }

  state(): StackState {
    const {project, file, store, build, addresses} = this.#plan;
    return {
      v: 1,
      project,
      file,
      store,
      ...(build === undefined ? {} : {build}),
      status: this.#status,
      supervisor: this.#me,
      reaper: this.#reaper.identity() ?? null,
      ...addresses,
      pids: Object.fromEntries(
        this.#parts.flatMap(({part, identity}) => (identity ? [[part.name, identity]] : [])),
      ),
      parts: Object.fromEntries(this.#parts.map(({part, state}) => [part.name, state])),
      at: new Date().toISOString(),
    };
  }

  /** Ends the parts, those that others were started after last, and releases the folder. */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  async #stop(): Promise<void> {
    this.#become('stopping');
    clearInterval(this.#cutting);
    clearInterval(this.#asking);
    clearTimeout(this.#serving);
    let left = this.#parts;
    while (left.length > 0) {
      const needed = new Set(left.flatMap(({part}) => part.after));
      const last = left.filter(({part}) => !needed.has(part.name));
      await Promise.all(last.map((one) => one.stop()));
      left = left.filter((one) => !last.includes(one));
    }
    await this.#reaper.close();
    this.#become('stopped');
    this.#ports.release();
    releaseClaim(stackPaths(this.#plan.folder).claim);
  }

  #become(status: 'stopping' | 'stopped'): void {
    this.#status = status;
    this.#say(status);
    this.#publish();
  }

  /** After every change of a part: starts what waited for it. */
  #step(): void {
    // Starting one is a change, too.
    if (this.#stepping) return;
    this.#stepping = true;
    try {
      for (const {part, state} of this.#parts) if (state.status === 'ready') this.#everReady.add(part.name);
      if (this.#status === 'starting') this.#startNext();
    } finally {
      this.#stepping = false;
    }
    this.#publish();
  }

  #startNext(): void {
    const may = this.#parts.filter(({part}) => !part.serves || this.#serveAfterMs === null);
    for (const one of may) if (one.state.status === 'waiting' && this.#mayStart(one.part)) one.start();
    if (this.#serveAfterMs !== null && may.every(({part}) => this.#everReady.has(part.name)))
      this.#serving ??= setTimeout(() => this.#serve(), this.#serveAfterMs);
    if (this.#everReady.size < this.#parts.length) return;
    this.#status = 'ready';
    this.#say('every part answers');
    this.#becomeReady();
  }

  #mayStart({after, eager}: Part): boolean {
    return eager === true || after.every((name) => this.#everReady.has(name));
  }

  #publish(): void {
    const now = this.state();
    writeStack(this.#plan.folder, now);
    this.#changed?.(now);
  }
}

/** Temporal's histories, logs, rows in the store and the row key lie below. A former version made the folder for all to read. */
function closeToOthers(folder: string): void {
  const {mode, uid} = statSync(folder);
  if ((mode & 0o007) !== 0 && uid === process.getuid?.()) chmodSync(folder, mode & 0o7770);
}
