import {chmodSync, mkdirSync, statSync} from 'node:fs';
import path from 'node:path';
import {RatchetError} from '../schemas/errors.ts';
import {claim, releaseClaim} from './claim.ts';
import {BACK_OFF, keepRunning} from './keep-running.ts';
import type {BackOff, RunningPart} from './keep-running.ts';
import {endLeftovers} from './leftovers.ts';
import {cutLog, sayIn} from './log-file.ts';
import type {Part} from './part.ts';
import {identify} from '../host/process-identity.ts';
import {HeldPorts} from './ports.ts';
import {startReaper} from './reaper-process.ts';
import {readStack, stackPaths, writeStack} from './stack-file.ts';
import type {StackState} from './stack-file.ts';

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

export interface Supervisor {
  state(): StackState;
  /** Resolves when every part has answered its health check once. */
  readonly ready: Promise<void>;
  /** Ends the parts, those that others were started after last, and releases the folder. */
  stop(): Promise<void>;
}

/**
 * Claims the folder, ends what a killed supervisor left there, and keeps the parts of a plan running until stopped.
 * The plan is made after the claim, since it chooses ports. Throws InvalidInput if the folder is already claimed.
 */
export async function supervise(
  folder: string,
  plan: (ports: HeldPorts) => Promise<StackPlan>,
  options: {readonly changed?: (state: StackState) => void; readonly backOff?: BackOff} = {},
): Promise<Supervisor> {
  const paths = stackPaths(folder);
  const holder = claim(paths.claim);
  if (holder)
    throw new RatchetError('InvalidInput', `a stack already runs in ${folder} (process ${holder.pid})`);
  const ports = new HeldPorts();
  try {
    mkdirSync(paths.logs, {recursive: true, mode: 0o700});
    const left = await endLeftovers(folder);
    if (left.length > 0)
      sayIn(paths.supervisorLog)(`ended what a killed supervisor left: ${left.join(', ')}`, {level: 'warn'});
    return start(await plan(ports), ports, options);
  } catch (error) {
    ports.release();
    releaseClaim(paths.claim);
    throw error;
  }
}

function start(
  plan: StackPlan,
  ports: HeldPorts,
  options: {readonly changed?: (state: StackState) => void; readonly backOff?: BackOff},
): Supervisor {
  const paths = stackPaths(plan.folder);
  closeToOthers(paths.home);
  const say = sayIn(paths.supervisorLog, plan.project);
  say(`starting ${plan.parts.map(({name}) => name).join(', ')} (supervisor: process ${process.pid})`);
  const reaper = startReaper(paths.jobs, paths.supervisorLog);
  const me = identify(process.pid)!;
  let status: StackState['status'] = 'starting';
  let becomeReady: () => void;
  const ready = new Promise<void>((resolve) => (becomeReady = resolve));

  const running: RunningPart[] = plan.parts.map((part) =>
    keepRunning(part, {
      log: path.join(paths.logs, `${part.name}.log`),
      reaper,
      backOff: options.backOff ?? BACK_OFF,
      changed: () => step(),
      say,
    }),
  );
  const named = (name: string) => running.find((one) => one.part.name === name);
  const everReady = new Set<string>();

  const state = (): StackState => ({
    v: 1,
    project: plan.project,
    file: plan.file,
    store: plan.store,
    ...(plan.build === undefined ? {} : {build: plan.build}),
    status,
    supervisor: me,
    reaper: reaper.identity() ?? null,
    ...plan.addresses,
    pids: Object.fromEntries(
      running.flatMap((one) => {
        const identity = one.identity();
        return identity ? [[one.part.name, identity]] : [];
      }),
    ),
    parts: Object.fromEntries(running.map((one) => [one.part.name, one.state()])),
    at: new Date().toISOString(),
  });

  const publish = () => {
    const now = state();
    writeStack(plan.folder, now);
    options.changed?.(now);
  };

  let stepping = false;
  const step = () => {
    if (stepping) return;
    stepping = true;
    try {
      for (const one of running) if (one.state().status === 'ready') everReady.add(one.part.name);
      if (status === 'starting')
        for (const one of running)
          if (one.state().status === 'waiting' && one.part.after.every((name) => everReady.has(name)))
            one.start();
      if (status === 'starting' && everReady.size === running.length) {
        status = 'ready';
        say('every part answers');
        becomeReady();
      }
    } finally {
      stepping = false;
    }
    publish();
  };

  for (const part of plan.parts)
    for (const name of part.after)
      if (!named(name)) throw new RangeError(`${part.name} is after ${name}, which is no part`);
  const cutting = setInterval(() => {
    for (const part of plan.parts) cutLog(path.join(paths.logs, `${part.name}.log`));
    cutLog(paths.supervisorLog);
  }, 10_000);
  step();

  let stopping: Promise<void> | undefined;
  const stop = async () => {
    status = 'stopping';
    say('stopping');
    publish();
    clearInterval(cutting);
    let left = running;
    while (left.length > 0) {
      const needed = new Set(left.flatMap((one) => one.part.after));
      const last = left.filter((one) => !needed.has(one.part.name));
      await Promise.all(last.map((one) => one.stop()));
      left = left.filter((one) => !last.includes(one));
    }
    await reaper.close();
    status = 'stopped';
    say('stopped');
    publish();
    ports.release();
    releaseClaim(paths.claim);
  };
  return {state, ready, stop: () => (stopping ??= stop())};
}

/** Is the stack of this folder up, by its file and by the process that wrote it? */
export function liveStack(folder: string): StackState | undefined {
  const state = readStack(folder);
  if (!state || state.status === 'stopped') return undefined;
  const now = identify(state.supervisor.pid);
  return now?.startedAt === state.supervisor.startedAt ? state : undefined;
}

/** Temporal's histories, logs, rows in the store and the row key lie below. A former version made the folder for all to read. */
function closeToOthers(folder: string): void {
  const {mode, uid} = statSync(folder);
  if ((mode & 0o007) !== 0 && uid === process.getuid?.()) chmodSync(folder, mode & 0o7770);
}
