import {setTimeout as delay} from 'node:timers/promises';
import {signal, type ProcessIdentity} from '../../host/process-identity.ts';
import type {Blow} from './blow-struck.ts';
import {resumption, workOf} from './resumption.ts';
import type {Scene} from './scene.ts';
import {isBack, processOf, type Victim} from './victims.ts';

/** A part that is not back by then is not counted as coming back. */
const BACK_MS = 120_000;
const LOOK_MS = 100;
/** What others ask for their work. */
const ASKED: readonly Victim[] = ['engine', 'gateway', 'Temporal server'];

/**
 * kill -9, and what comes after it. `struck` is called in between; `over` ends the looking. Null where there is no such
 * process now.
 */
export async function kill(
  scene: Scene,
  victim: Victim,
  {
    at,
    workflows,
    struck,
    over,
  }: {
    readonly at: string;
    readonly workflows: readonly string[];
    readonly struck?: () => void;
    readonly over?: AbortSignal;
  },
): Promise<Blow | null> {
  const hit = processOf(victim, scene.stack);
  if (hit === undefined) return null;
  const work = await workOf(victim, hit, scene, workflows);
  if (!signal(hit, 'SIGKILL')) return null;
  const time = Date.now();
  struck?.();
  const [back, resumed] = await Promise.all([
    backAfter(scene, victim, hit, over),
    resumption(work, {scene, workflows, time, ...(over ? {over} : {})}),
  ]);
  // Who asks what is away tries again until it is back; what others have in work is struck at that moment alone.
  const until = ASKED.includes(victim) ? time + (back ?? 0) * 1000 : time;
  return {what: victim, at, time, until, back, resumed: resumed ?? {by: 'health', seconds: back}};
}

async function backAfter(
  {stack}: Scene,
  victim: Victim,
  hit: ProcessIdentity,
  over: AbortSignal | undefined,
): Promise<number | null> {
  const time = Date.now();
  while (!isBack(victim, hit, stack)) {
    if (over?.aborted || Date.now() - time > BACK_MS) return null;
    await delay(LOOK_MS);
  }
  return (Date.now() - time) / 1000;
}

/** When work may have been interrupted, in milliseconds since the epoch. */
export function intervals(blows: readonly Blow[]): {readonly from: number; readonly to: number}[] {
  return blows.map(({time, until}) => ({from: time, to: until}));
}
