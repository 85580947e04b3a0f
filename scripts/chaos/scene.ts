import type {Client} from '@temporalio/client';
import type {ProcessIdentity} from '../../host/process-identity.ts';
import {stillRuns} from '../../host/process-identity.ts';
import {openStores} from '../../stores/stores.ts';
import {onTinyStack, type TinyOptions, type TinyStack} from '../bench/tiny-stack.ts';
import {startRun} from '../../cli/start-run.ts';
import {withTemporal} from '../../cli/temporal.ts';
import {runningJobs} from '../../stack/jobs.ts';
import {stackPaths} from '../../stack/stack-file.ts';
import type {Blow} from './blow-struck.ts';
import type {Outcome} from './outcome.ts';

/** A stack that is up, and whose work is looked at. */
export interface Scene {
  readonly stack: TinyStack;
  readonly client: Client;
  /** Milliseconds since the epoch: what was recorded before is no part of the case. */
  readonly began: number;
}

/** What came of a case. */
export interface CaseRun {
  readonly outcome: Outcome;
  readonly blows: readonly Blow[];
  /** What was not as it should be, beside an outcome that differs: one line each. */
  readonly wrong: readonly string[];
  /** What is worth telling beside: what an error said. */
  readonly told: string;
}

/** There is something that this machine lacks to run a case: it says nothing then, in either direction. */
export class Inconclusive extends Error {}

/** All copies of the project hash their rows with this key, so that their digests can be compared. */
const ROW_KEY = 'c4a05'.padEnd(64, '0');
const LOOK_MS = 500;

/** Runs `body` on a small stack of its own; counts the processes that are left when it is down. `env` is what the stack is started with. */
export async function onScene(
  body: (scene: Scene) => Promise<CaseRun>,
  {env = {}, ...options}: Omit<TinyOptions, 'rowKey'> & {readonly env?: Record<string, string>} = {},
): Promise<CaseRun> {
  const former = Object.fromEntries(Object.keys(env).map((name) => [name, process.env[name]]));
  Object.assign(process.env, env);
  const seen = new Map<string, ProcessIdentity>();
  try {
    const ran = await onTinyStack(
      async (stack) => {
        const look = setInterval(() => note(seen, stack), LOOK_MS);
        try {
          return await withTemporal(stack.project, (client) => body({stack, client, began: Date.now()}));
        } finally {
          clearInterval(look);
          note(seen, stack);
        }
      },
      {...options, rowKey: ROW_KEY},
    );
    const left = [...seen.values()].filter(stillRuns).length;
    return left === 0 ? ran : {...ran, wrong: [...ran.wrong, `${left} processes were left`]};
  } finally {
    for (const [name, value] of Object.entries(former))
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  }
}

function note(seen: Map<string, ProcessIdentity>, {project, supervisor}: TinyStack): void {
  const now = [...Object.values(supervisor.state().pids), ...runningJobs(stackPaths(project.folder).jobs)];
  for (const identity of now) seen.set(`${identity.pid} ${identity.startedAt}`, identity);
}

/** A run from data to traffic, begun by hand; gives its ID. */
export async function begin({
  stack: {project, starter},
  client,
}: Pick<Scene, 'stack' | 'client'>): Promise<string> {
  return startRun(client, await openStores(project.store), project, starter);
}
