import {readdirSync, readFileSync, statSync} from 'node:fs';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {PROGRESS} from '../../schemas/messages.ts';
import type {ProcessIdentity} from '../../host/process-identity.ts';
import {nextAttempt, pendingActivities, type PendingActivity} from '../bench/pending-activities.ts';
import {isAway} from '../../client/away.ts';
import {stackPaths} from '../../stack/stack-file.ts';
import type {Resumption} from './blow-struck.ts';
import type {Scene} from './scene.ts';
import type {Victim} from './victims.ts';

/** What a victim has in work. */
export type Work =
  | {readonly kind: 'attempts'; readonly activities: readonly PendingActivity[]}
  | {readonly kind: 'beats'; readonly activities: readonly PendingActivity[]}
  | {readonly kind: 'workflow'}
  | {readonly kind: 'training'; readonly events: string}
  | {readonly kind: 'requests'};

const WITHIN_MS = 120_000;
const LOOK_MS = 200;
/** A question that waits for a dead worker is asked again. */
const QUERY_MS = 5_000;

export async function workOf(
  victim: Victim,
  {pid}: ProcessIdentity,
  {stack, client}: Scene,
  workflows: readonly string[],
): Promise<Work> {
  switch (victim) {
    case 'cpu worker':
    case 'gpu worker': {
      const activities = await inWork({client, workflows});
      return {kind: 'attempts', activities: activities.filter((one) => one.pid === pid)};
    }
    case 'Temporal server': {
      const activities = await inWork({client, workflows});
      return activities.length === 0 ? {kind: 'workflow'} : {kind: 'beats', activities};
    }
    case 'workflow worker':
      return {kind: 'workflow'};
    case 'trainer':
      return {kind: 'training', events: eventsOf(pid, stackPaths(stack.project.folder).jobs)};
    case 'gateway':
    case 'engine':
      return {kind: 'requests'};
  }
}

/** Activities that have beaten in their present attempt. */
async function inWork({client, workflows}: Pick<Scene, 'client'> & {readonly workflows: readonly string[]}) {
  const pending = await allPending(client, workflows);
  return pending.filter(({beatAt}) => beatAt !== undefined);
}

async function allPending(client: Scene['client'], workflows: readonly string[]) {
  return (await Promise.all(workflows.map((id) => pendingActivities(client, id)))).flat();
}

function eventsOf(pid: number, jobs: string): string {
  const job = readdirSync(jobs).find((name) => {
    try {
      const text = readFileSync(path.join(jobs, name, 'process.json'), 'utf8');
      return (JSON.parse(text) as ProcessIdentity).pid === pid;
    } catch {
      return false;
    }
  });
  return path.join(jobs, job ?? '', 'events.jsonl');
}

/** Waits until work goes on that was hit at `time` (ms since the epoch). Null for requests: they go on with the victim's health. */
export async function resumption(
  work: Work,
  about: {
    readonly scene: Scene;
    readonly workflows: readonly string[];
    readonly time: number;
    readonly over?: AbortSignal;
  },
): Promise<Resumption | null> {
  if (work.kind === 'requests') return null;
  const {time, over} = about;
  while (Date.now() - time < WITHIN_MS) {
    const found = await look(work, about).catch((error: unknown) => {
      if (isAway(error)) return undefined;
      throw error;
    });
    if (found) return found;
    if (over?.aborted) return {by: 'the run ended first', seconds: null};
    await delay(LOOK_MS);
  }
  return {by: 'not within 120 s', seconds: null};
}

async function look(
  work: Exclude<Work, {kind: 'requests'}>,
  {scene: {client}, workflows, time}: {scene: Scene; workflows: readonly string[]; time: number},
): Promise<Resumption | undefined> {
  const after = (at: number) => Math.max(0, at - time) / 1000;
  switch (work.kind) {
    case 'workflow': {
      const handle = client.workflow.getHandle(workflows[0]!);
      const answered = await client
        .withDeadline(Date.now() + QUERY_MS, () => handle.query(PROGRESS))
        .then(
          () => true,
          () => false,
        );
      return answered ? {by: 'answer', seconds: after(Date.now())} : undefined;
    }
    case 'training': {
      const {mtimeMs} = statSync(work.events, {throwIfNoEntry: false}) ?? {mtimeMs: 0};
      return mtimeMs > time ? {by: 'trainer', seconds: after(mtimeMs)} : undefined;
    }
    case 'attempts': {
      const pending = await allPending(client, workflows);
      const next = await Promise.all(work.activities.map((one) => nextAttempt(client, one, pending)));
      if (next.some((one) => one === undefined)) return undefined;
      const last = next
        .filter((one) => one !== null && one !== undefined)
        .sort((a, b) => a.at - b.at)
        .at(-1);
      return last ? {by: last.by, seconds: after(last.at)} : {by: 'nothing in work', seconds: null};
    }
    case 'beats': {
      const pending = await allPending(client, workflows);
      const beats = work.activities.map((one) => {
        const now = pending.find((p) => p.workflowId === one.workflowId && p.activityId === one.activityId);
        // What is not pending any more has ended: it was told to the server just now, at the latest.
        return now === undefined ? Date.now() : (now.beatAt ?? 0);
      });
      const goOn = beats.every((at) => at > time);
      return goOn ? {by: 'heartbeat', seconds: after(Math.max(...beats))} : undefined;
    }
  }
}
