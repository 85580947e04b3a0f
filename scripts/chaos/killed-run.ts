import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import type {Client} from '@temporalio/client';
import {seededRandom} from '../../core/evaluation/statistics/random.ts';
import {pendingActivities} from '../bench/pending-activities.ts';
import {RunsClient} from '../../client/runs.ts';
import {stackPaths} from '../../stack/stack-file.ts';
import {attended, cameTo} from './attended.ts';
import type {Blow} from './blow-struck.ts';
import {kill} from './blow.ts';
import {inTheMiddle, type Stage} from './moments.ts';
import {begin, onScene, type CaseRun, type Scene} from './scene.ts';
import {VICTIMS, type Victim} from './victims.ts';

const LOOK_MS = 100;
const SHORT_LOOK_MS = 20;
/** Between two blows of the random campaign, ms. */
const PAUSE = [2_000, 10_000] as const;

/** `struck` is called with the first blow. */
type Striker = (scene: Scene, run: string, over: AbortSignal, struck: () => void) => Promise<Blow[]>;

/** From data to traffic, while `strikes` does what it does. */
export function firstRun(
  strikes: Striker = () => Promise.resolve([]),
  {decideOnceStruck = false}: {readonly decideOnceStruck?: boolean} = {},
): Promise<CaseRun> {
  return onScene(async (scene) => {
    const run = await begin(scene);
    const over = new AbortController();
    const struck = Promise.withResolvers<void>();
    const blows = strikes(scene, run, over.signal, struck.resolve);
    // What failed is told when the run has ended.
    blows.then(() => struck.resolve()).catch(() => struck.resolve());
    const decideAfter = decideOnceStruck ? {decideAfter: struck.promise} : {};
    const result = await attended(scene, run, decideAfter).finally(() => over.abort());
    return cameTo(scene, result, await blows);
  });
}

/** kill -9 of a process, once, when the run is in the middle of a stage; nothing if it never is. */
export function killAt(victim: Victim, stage: Stage): Striker {
  return async (scene, run, over, struck) => {
    for await (const at of moments(scene.client, {run, stage, over})) {
      const blow = await kill(scene, victim, {at, workflows: [run], struck});
      if (blow !== null) return [blow];
    }
    return [];
  };
}

/** How far the run is, as often as it is seen in the middle of the stage. */
async function* moments(
  client: Client,
  {run, stage, over}: {readonly run: string; readonly stage: Stage; readonly over: AbortSignal},
): AsyncGenerator<string, void, undefined> {
  if (stage === 'curate') {
    // Over before its workflow has been asked twice: the server knows sooner that a worker has its activities.
    for (; !over.aborted; await delay(SHORT_LOOK_MS)) {
      if (await readsShards(client, run)) yield 'curate, shards in work';
    }
    return;
  }
  for await (const view of new RunsClient({client}).follow(run, {everyMs: LOOK_MS})) {
    const at = inTheMiddle(view, stage);
    if (at !== null) yield at;
  }
}

/** Whether a worker has told the server that it curates a shard of the run. */
export async function readsShards(client: Client, run: string): Promise<boolean> {
  const pending = await pendingActivities(client, run);
  return pending.some(({type, beatAt}) => type === 'curateShard' && beatAt !== undefined);
}

/**
 * kill -9 of random processes after random pauses, until the run is over. A trainer is spared until it has a checkpoint more than
 * at its last death: a training that starts three times without one is given up, on purpose.
 */
export function killOften(seed: string): Striker {
  return async (scene, run, over) => {
    const choose = choices(seed);
    const blows: Promise<Blow | null>[] = [];
    let atLastDeath = -1;
    while (!over.aborted) {
      const {pauseMs, victim} = choose();
      await delay(pauseMs, undefined, {signal: over}).catch(() => undefined);
      if (victim === 'trainer') {
        const saved = checkpoints(stackPaths(scene.stack.project.folder).jobs);
        if (saved <= atLastDeath) continue;
        atLastDeath = saved;
      }
      if (!over.aborted) blows.push(kill(scene, victim, {at: 'any time', workflows: [run], over}));
    }
    return sinceTheLast((await Promise.all(blows)).filter((blow) => blow !== null));
  };
}

/** How many checkpoints the trainers of this folder have announced; -1 before there is one. */
export function checkpoints(jobs: string): number {
  try {
    const events = readdirSync(jobs).map((job) => readFileSync(path.join(jobs, job, 'events.jsonl'), 'utf8'));
    return events.join('').split('"event": "checkpoint"').length - 1;
  } catch {
    return -1;
  }
}

/** Whom to kill next, and when: the same for the same seed. */
export function choices(seed: string): () => {readonly pauseMs: number; readonly victim: Victim} {
  const random = seededRandom(seed);
  const victims = Object.keys(VICTIMS) as Victim[];
  return () => {
    const pauseMs = PAUSE[0] + random.next() * (PAUSE[1] - PAUSE[0]);
    return {pauseMs, victim: victims[random.below(victims.length)]!};
  };
}

/** Work that was hit again before it went on has gone on since the last blow, not since the first. */
export function sinceTheLast(blows: readonly Blow[]): Blow[] {
  return blows.map((blow) => {
    const {seconds, by} = blow.resumed ?? {seconds: null};
    if (seconds === null || by === undefined) return blow;
    const at = blow.time + seconds * 1000;
    const last = Math.max(...blows.map(({time}) => time).filter((time) => time <= at));
    return {...blow, resumed: {by, seconds: (at - last) / 1000}};
  });
}
