import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {signal, type ProcessIdentity} from '../../host/process-identity.ts';
import {pendingActivities, type PendingActivity} from '../bench/pending-activities.ts';
import {runningJobs} from '../../stack/jobs.ts';
import {stackPaths} from '../../stack/stack-file.ts';
import type {StackPlan} from '../../stack/supervisor.ts';
import {attended, cameTo} from './attended.ts';
import type {Blow} from './blow-struck.ts';
import type {Stopped} from './cases.ts';
import {resumption} from './resumption.ts';
import {begin, onScene, type CaseRun, type Scene} from './scene.ts';

const LOOK_MS = 50;
/** So long the one that took over is at work before the stopped one comes back: there is still something to spoil. */
const TAKEN_OVER_MS = 2_000;
const WITHIN_MS = 120_000;
const SECOND = 'second';
const BESIDE: Stopped = 'gpu worker next to another';

/** What it is stopped in, and how far that must be. */
const WORK: Readonly<Record<Stopped, {readonly type: string; readonly least: number}>> = {
  'cpu worker': {type: 'answerBatch', least: 1},
  'gpu worker': {type: 'trainAdapter', least: 4},
  'gpu worker next to another': {type: 'trainAdapter', least: 4},
};

/**
 * SIGSTOP of the worker that has work, with its trainer, for longer than its heartbeat may be late; another one takes over: on
 * a folder of its own, as on another machine, or beside it, where it follows the same trainer, which then goes on. Then
 * SIGCONT: both workers are there, and only one may write.
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
      return {...came, ...whoWrote(scene, victim, came, stop)};
    },
    {alter: (plan) => withSecond(plan, victim)},
  );
}

/** A second worker of the kind, on a folder of its own but where it is beside the first. */
function withSecond(plan: StackPlan, victim: Stopped): StackPlan {
  const name = victim === 'cpu worker' ? 'worker-cpu-1' : 'worker-gpu';
  const first = plan.parts.find((part) => part.name === name)!;
  const own = {RATCHET_WORK: path.join(plan.folder, '.ratchet', SECOND)};
  const env = {...first.env, ...(victim === BESIDE ? {} : own)};
  return {...plan, parts: [...plan.parts, {...first, name: `${name}-${SECOND}`, env}]};
}

interface Stop {
  readonly blow: Blow;
  /** The part that was stopped. */
  readonly part: string;
}

async function stopInWork(scene: Scene, victim: Stopped, run: string): Promise<Stop> {
  const {type, least} = WORK[victim];
  const hit = await until(scene, run, (one) => one.type === type && doneOf(one) >= least);
  const [name, worker] = Object.entries(scene.stack.supervisor.state().pids).find(
    ([, {pid}]) => pid === hit.pid,
  )!;
  const trainer = victim === 'cpu worker' ? undefined : trainersOf(scene, victim, name)[0];
  const stopped = [worker, ...(trainer ? [trainer] : [])];
  const time = Date.now();
  for (const identity of stopped) signal(identity, 'SIGSTOP');
  try {
    const resumed = (await resumption(
      {kind: 'attempts', activities: [hit]},
      {scene, workflows: [run], time},
    ))!;
    if (trainer && victim === BESIDE) signal(trainer, 'SIGCONT');
    await delay(TAKEN_OVER_MS);
    const blow = {
      what: victim,
      at: `${type} ${doneOf(hit)}`,
      time,
      until: Date.now(),
      back: null,
      resumed,
    };
    return {blow, part: name};
  } finally {
    for (const identity of stopped) signal(identity, 'SIGCONT');
  }
}

/** Of two machines, one trains in vain until it is told; on one machine, the trainer is its new worker's, whom nobody disturbs. */
function whoWrote(
  {stack}: Scene,
  victim: Stopped,
  {wrong}: CaseRun,
  {part}: Stop,
): Pick<CaseRun, 'wrong' | 'told'> {
  const {logs, jobs, home} = stackPaths(stack.project.folder);
  const log = readFileSync(path.join(logs, `${part}.log`), 'utf8');
  const fenced = /the lease train-\w+ is no longer ours[^\n]*/.exec(log)?.[0];
  const left = [jobs, path.join(home, SECOND, 'jobs')].flatMap(runningJobs).length;
  const again = victim === BESIDE && restarts(jobs) > 0;
  return {
    wrong: [
      ...wrong,
      ...(left > 0 ? ['a trainer still runs when the run is over'] : []),
      ...(again ? ['the worker that came back stopped the trainer of the one that had taken over'] : []),
    ],
    told: fenced ?? 'it was cancelled before it wrote anything',
  };
}

/** How often trainers went on from a checkpoint. */
function restarts(jobs: string): number {
  const events = readdirSync(jobs).map((job) => readFileSync(path.join(jobs, job, 'events.jsonl'), 'utf8'));
  return events.join('').split('"event": "resumed"').length - 1;
}

/** Trainers that a worker started. */
function trainersOf({stack}: Scene, victim: Stopped, part: string): ProcessIdentity[] {
  const {jobs, home} = stackPaths(stack.project.folder);
  const apart = victim !== BESIDE && part.endsWith(SECOND);
  return runningJobs(apart ? path.join(home, SECOND, 'jobs') : jobs);
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
