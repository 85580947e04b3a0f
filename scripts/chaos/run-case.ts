import {setTimeout as delay} from 'node:timers/promises';
import type {Client} from '@temporalio/client';
import {seededRandom} from '../../core/evaluation/statistics/random.ts';
import {signal, stillRuns, type ProcessIdentity} from '../../stores/process-identity.ts';
import {openStores} from '../../stores/stores.ts';
import {onTinyStack, type TinyStack} from '../bench/tiny-stack.ts';
import {runProgress} from '../cli/run-source.ts';
import {startRun} from '../cli/start-run.ts';
import {withTemporal} from '../cli/temporal.ts';
import {attend} from '../demo/attend.ts';
import {mailsOf} from '../demo/mailbox.ts';
import {Users} from '../demo/users.ts';
import {runningJobs} from '../stack/jobs.ts';
import {stackPaths} from '../stack/stack-file.ts';
import type {ChaosCase} from './cases.ts';
import {inTheMiddle, type Moment} from './moments.ts';
import {historiesOf, outcomeOf, type Outcome} from './outcome.ts';
import {repetitions} from './repetitions.ts';
import {isBack, processOf, VICTIMS, type Victim} from './victims.ts';

/** One kill -9. */
export interface Blow {
  readonly victim: Victim;
  /** How far the run was. */
  readonly at: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Seconds until a process in its place answered its health check; null where none was needed any more. */
  readonly back: number | null;
}

export interface CaseRun {
  readonly outcome: Outcome;
  readonly blows: readonly Blow[];
  /** Work that was done twice or not at all. */
  readonly repeated: readonly string[];
  /** Processes that were left when the stack was down. */
  readonly orphans: number;
  readonly seconds: number;
}

/** All copies of the project hash their rows with this key, so that their digests can be compared. */
const ROW_KEY = 'c4a05'.padEnd(64, '0');
const USERS_MAILS = 40;
/** A part that is not back by then is not counted as coming back. */
const BACK_MS = 120_000;
const LOOK_MS = 100;
/** Between two blows of the random campaign, ms. */
const PAUSE = [2_000, 10_000] as const;

/** Takes a copy of the tiny project through its lifecycle, and kills meanwhile what the case says; nothing without one. */
export async function runCase(what: ChaosCase | null): Promise<CaseRun> {
  const started = performance.now();
  const seen = new Map<string, ProcessIdentity>();
  const ran = await onTinyStack(
    async (stack) => {
      const look = setInterval(() => note(seen, stack), 5 * LOOK_MS);
      try {
        return await withTemporal(stack.project, (client) => through(stack, client, what));
      } finally {
        clearInterval(look);
        note(seen, stack);
      }
    },
    {rowKey: ROW_KEY},
  );
  const orphans = [...seen.values()].filter(stillRuns).length;
  return {...ran, orphans, seconds: (performance.now() - started) / 1000};
}

function note(seen: Map<string, ProcessIdentity>, {project, supervisor}: TinyStack): void {
  const now = [...Object.values(supervisor.state().pids), ...runningJobs(stackPaths(project.folder).jobs)];
  for (const identity of now) seen.set(`${identity.pid} ${identity.startedAt}`, identity);
}

async function through(
  stack: TinyStack,
  client: Client,
  what: ChaosCase | null,
): Promise<Omit<CaseRun, 'orphans' | 'seconds'>> {
  const {project, key, supervisor} = stack;
  const {config, folder, rowKey} = project;
  const stores = await openStores(project.store);
  const mails = await mailsOf(config.sources, {config, folder, rowKey: Buffer.from(rowKey, 'hex')});
  const run = await startRun(client, stores, project, {name: 'bench', key: key.id, signing: key});
  const over = new AbortController();
  const blows = strikes(what, stack, client, run, over.signal);
  const result = await attend({
    ...{client, run, key, interactive: false},
    users: new Users(supervisor.state().gateway, `${config.project}/triage`),
    traffic: () => Promise.resolve(mails.slice(0, USERS_MAILS)),
  }).finally(() => over.abort());
  const struck = await blows;
  const histories = await historiesOf(client);
  return {
    outcome: await outcomeOf(project, result),
    blows: struck,
    repeated: repetitions(
      histories,
      struck.map(({time}) => time),
    ),
  };
}

async function strikes(
  what: ChaosCase | null,
  stack: TinyStack,
  client: Client,
  run: string,
  over: AbortSignal,
): Promise<Blow[]> {
  if (what === null) return [];
  return what.kind === 'at' ? strikeAt(stack, client, run, what) : strikeOften(stack, what.seed, over);
}

/** One blow, when the run is in the middle of the stage; none if it never is. */
async function strikeAt(
  stack: TinyStack,
  client: Client,
  run: string,
  {victim, moment}: {readonly victim: Victim; readonly moment: Moment},
): Promise<Blow[]> {
  for await (const view of runProgress(client, run, LOOK_MS)) {
    const at = inTheMiddle(view, moment);
    if (at === null) continue;
    const blow = await strike(stack, victim, at);
    if (blow !== null) return [blow];
  }
  return [];
}

/** Blows at random processes after random pauses, until the run is over. */
async function strikeOften(stack: TinyStack, seed: string, over: AbortSignal): Promise<Blow[]> {
  const random = seededRandom(seed);
  const victims = Object.keys(VICTIMS) as Victim[];
  const blows: Promise<Blow | null>[] = [];
  while (!over.aborted) {
    await delay(PAUSE[0] + random.next() * (PAUSE[1] - PAUSE[0]), undefined, {signal: over}).catch(() => 0);
    const victim = victims[Math.floor(random.next() * victims.length)]!;
    if (!over.aborted) blows.push(strike(stack, victim, 'any time', over));
  }
  return (await Promise.all(blows)).filter((blow) => blow !== null);
}

/** Null where there is no such process now. */
async function strike(
  stack: TinyStack,
  victim: Victim,
  at: string,
  over?: AbortSignal,
): Promise<Blow | null> {
  const hit = processOf(victim, stack);
  if (hit === undefined || !signal(hit, 'SIGKILL')) return null;
  const time = Date.now();
  while (!isBack(victim, hit, stack)) {
    if (over?.aborted || Date.now() - time > BACK_MS) return {victim, at, time, back: null};
    await delay(LOOK_MS);
  }
  return {victim, at, time, back: (Date.now() - time) / 1000};
}
