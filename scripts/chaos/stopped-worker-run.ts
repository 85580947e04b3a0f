import {readFileSync} from 'node:fs';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {signal, type ProcessIdentity} from '../../stores/process-identity.ts';
import {pendingActivities, type PendingActivity} from '../bench/pending-activities.ts';
import {runningJobs} from '../stack/jobs.ts';
import {stackPaths} from '../stack/stack-file.ts';
import type {StackPlan} from '../stack/supervisor.ts';
import {attended, cameTo} from './attended.ts';
import type {Blow} from './blow.ts';
import type {Stopped} from './cases.ts';
import {resumption} from './resumption.ts';
import {begin, onScene, type CaseRun, type Scene} from './scene.ts';

const LOOK_MS = 50;
/** So long the one that took over is at work before the stopped one comes back: there is still something to spoil. */
const TAKEN_OVER_MS = 2_000;
const WITHIN_MS = 120_000;
const SECOND = 'second';

/** What it is stopped in, and how far that must be. */
const WORK: Readonly<Record<Stopped, {readonly type: string; readonly least: number}>> = {
  'cpu worker': {type: 'answerBatch', least: 1},
  'gpu worker': {type: 'trainAdapter', least: 4},
};

/**
 * SIGSTOP of the worker that has work, with its trainer, for longer than its heartbeat may be late; another one takes over, on
 * a folder of its own as on another machine. Then SIGCONT: both are there, and only one may write.
 */
export function stoppedWorkerRun(victim: Stopped): Promise<CaseRun> {
  return onScene(
    async (scene) => {
      const run = await begin(scene);
      const stopping = stopInWork(scene, victim, run);
      const result = await attended(scene, run);
      const stop = await stopping;
      const came = await cameTo(scene, result, [stop.blow]);
      if (victim === 'cpu worker') return came;
      return {...came, ...whoWrote(scene, came, stop)};
    },
    {alter: (plan) => withSecond(plan, victim)},
  );
}

/** A second worker of the kind; where it trains, its jobs lie in a folder of its own. */
function withSecond(plan: StackPlan, victim: Stopped): StackPlan {
  const name = victim === 'cpu worker' ? 'worker-cpu-1' : 'worker-gpu';
  const first = plan.parts.find((part) => part.name === name)!;
  const env = {...first.env, RATCHET_WORK: path.join(plan.folder, '.ratchet', SECOND)};
  return {...plan, parts: [...plan.parts, {...first, name: `${name}-${SECOND}`, env}]};
}

interface Stop {
  readonly blow: Blow;
  /** The part that was stopped. */
  readonly part: string;
  readonly trainer: ProcessIdentity | undefined;
}

async function stopInWork(scene: Scene, victim: Stopped, run: string): Promise<Stop> {
  const {type, least} = WORK[victim];
  const hit = await until(scene, run, (one) => one.type === type && doneOf(one) >= least);
  const [name, worker] = Object.entries(scene.stack.supervisor.state().pids).find(
    ([, {pid}]) => pid === hit.pid,
  )!;
  const trainer = victim === 'gpu worker' ? trainersOf(scene, name)[0] : undefined;
  const stopped = [worker, ...(trainer ? [trainer] : [])];
  const time = Date.now();
  for (const identity of stopped) signal(identity, 'SIGSTOP');
  try {
    const resumed = (await resumption(
      {kind: 'attempts', activities: [hit]},
      {scene, workflows: [run], time},
    ))!;
    await delay(TAKEN_OVER_MS);
    const blow = {
      ...{what: victim, at: `${type} ${doneOf(hit)}`, time, until: Date.now(), back: null},
      resumed,
    };
    return {blow, part: name, trainer};
  } finally {
    for (const identity of stopped) signal(identity, 'SIGCONT');
  }
}

/** The trainer of the stopped worker must not go on in vain; and its worker says that it may write no more. */
function whoWrote(scene: Scene, {wrong}: CaseRun, {part, trainer}: Stop): Pick<CaseRun, 'wrong' | 'told'> {
  const log = readFileSync(path.join(stackPaths(scene.stack.project.folder).logs, `${part}.log`), 'utf8');
  const fenced = /the lease train-\w+ is no longer ours[^\n]*/.exec(log)?.[0];
  const left = trainersOf(scene, part).some(({pid}) => pid === trainer?.pid);
  return {
    wrong: [...wrong, ...(left ? ['the trainer of the stopped worker still runs'] : [])],
    told: fenced ?? 'it was cancelled before it wrote anything',
  };
}

/** Trainers that a worker started. */
function trainersOf({stack}: Scene, part: string): ProcessIdentity[] {
  const {jobs, home} = stackPaths(stack.project.folder);
  return runningJobs(part.endsWith(SECOND) ? path.join(home, SECOND, 'jobs') : jobs);
}

function doneOf({details}: PendingActivity): number {
  const done = (details as {done?: unknown} | undefined)?.done;
  return typeof done === 'number' ? done : -1;
}

async function until(
  {client}: Scene,
  run: string,
  wanted: (one: PendingActivity) => boolean,
): Promise<PendingActivity> {
  const deadline = Date.now() + WITHIN_MS;
  while (Date.now() < deadline) {
    const found = (await pendingActivities(client, run)).find(
      (one) => wanted(one) && one.beatAt !== undefined && one.pid !== undefined,
    );
    if (found) return found;
    await delay(LOOK_MS);
  }
  throw new Error(`nothing to be stopped within ${WITHIN_MS / 1000} s`);
}
