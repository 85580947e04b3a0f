import {WorkflowFailedError, WorkflowNotFoundError} from '@temporalio/client';
import type {Client} from '@temporalio/client';
import {RatchetError} from '../schemas/errors.ts';
import {LifecycleResult} from '../schemas/lifecycle.ts';
import {short} from '../schemas/names.ts';
import {openStores} from '../stores/stores.ts';
import {liveFor} from '../stack/live-stack.ts';
import type {CommonOptions} from './define.ts';
import {follow} from './follow.ts';
import {Exit, print, printJson, say, styled} from './output.ts';
import type {Project} from '../stack/project-file.ts';
import {RunsClient} from '../client/runs.ts';
import {untilServed} from './until-served.ts';
import {ownCommand} from './own-command.ts';

/** How a run ended, for people and for --json. */
export type RunEnd =
  | {readonly run: string; readonly status: 'detached'}
  | {readonly run: string; readonly status: 'failed' | 'cancelled'; readonly reason: string}
  | {readonly run: string; readonly status: 'done'; readonly result: LifecycleResult};

/**
 * Shows a run until it ends, or until Ctrl-C: then it goes on alone. With --json, `known` of it stands beside how it ended.
 * Throws InvalidInput for an unknown run.
 */
export async function followRun(
  client: Client,
  run: string,
  project: Project,
  options: CommonOptions,
  known: Readonly<Record<string, unknown>> = {},
): Promise<Exit> {
  const detach = new AbortController();
  const onInterrupt = () => detach.abort();
  process.once('SIGINT', onInterrupt);
  const live = process.stderr.isTTY && !options.json;
  try {
    await follow(
      new RunsClient({client}).follow(run, {everyMs: live ? 1_000 : 2_000}),
      {stream: process.stderr, live},
      detach.signal,
    );
    if (detach.signal.aborted) return await told({run, status: 'detached'}, project, options, known);
    return await told(await ending(client, run), project, options, known);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new RatchetError('InvalidInput', `Temporal knows no run "${run}": \`ratchet runs\` lists them`, {
      cause: error,
    });
  } finally {
    process.removeListener('SIGINT', onInterrupt);
  }
}

/** The result of a run that has ended. */
async function ending(client: Client, run: string): Promise<RunEnd> {
  try {
    const result = LifecycleResult.parse(await client.workflow.getHandle(run).result());
    return {run, status: 'done', result};
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const cause = innermost(error);
    const status = cause.name === 'CancelledFailure' ? 'cancelled' : 'failed';
    return {run, status, reason: cause.message};
  }
}

async function told(
  end: RunEnd,
  project: Project,
  options: CommonOptions,
  known: Readonly<Record<string, unknown>>,
): Promise<Exit> {
  const promoted = end.status === 'done' && end.result.status === 'promoted';
  const gateway = promoted ? liveFor(project)?.gateway : undefined;
  // Whoever asks as soon as this command has ended is answered by what was promoted.
  const unserved = gateway === undefined ? null : await untilServed(project, await newestMove(project));
  if (options.json) printJson({...end, ...known});
  else if (end.status === 'detached') say(`detached; the run goes on: ${ownCommand()} watch ${end.run}`);
  else if (end.status !== 'done') say(`${styled('red', end.status)}: ${end.reason}`);
  else {
    const {status, reason, release, data, gauntlet, cached} = end.result;
    print(`${styled(wentWell(status) ? 'green' : 'red', status)}: ${reason}`);
    print(`dataset  ${data.dataset}`);
    print(`release  ${release}`);
    print(
      `report   ${gauntlet.report.sha256} (${gauntlet.verdict}): ${ownCommand()} report ${short(release)} --project ${project.config.project}`,
    );
    if (unserved !== null) say(unserved);
    else if (gateway !== undefined)
      print(`answers  at ${gateway}/v1, as model ${modelNames(project).join(', ')}`);
    if (cached.length > 0) print(`reused from cache: ${cached.join(', ')}`);
  }
  if (end.status === 'detached') return Exit.done;
  return end.status === 'done' && wentWell(end.result.status) ? Exit.done : Exit.failed;
}

async function newestMove({store, config}: Project): Promise<number> {
  const {pointers} = await openStores(store);
  return (await pointers.read(config.project))?.seq ?? 0;
}

function modelNames({config}: Project): string[] {
  return Object.keys(config.tasks).map((task) => `${config.project}/${task}`);
}

function wentWell(status: LifecycleResult['status']): boolean {
  return status === 'promoted' || status === 'cached';
}

function innermost(error: Error): Error {
  return error.cause instanceof Error ? innermost(error.cause) : error;
}
