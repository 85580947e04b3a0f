import type {Client} from '@temporalio/client';
import type {UiProject} from './projects.ts';
import {within} from './within.ts';

/** What Temporal says, or in one line why it says nothing. */
export type TemporalAnswer<T> =
  {readonly said: T; readonly silent: null} | {readonly said: null; readonly silent: string};

/** No page waits longer. */
const ANSWER_MS = 6_000;
/** Pages asked for soon after get the same answer, so that they stay fast while Temporal is away. */
const SILENT_MS = 5_000;

const silences = new WeakMap<UiProject, {readonly until: number; readonly reason: string}>();

/** Asks the project's Temporal. Never throws, and takes 6 s at most: pages show what the store knows beside it. */
export async function askTemporal<T>(
  project: UiProject,
  question: (client: Client) => Promise<T>,
): Promise<TemporalAnswer<T>> {
  const silence = silences.get(project);
  if (silence !== undefined && Date.now() < silence.until) return {said: null, silent: silence.reason};
  try {
    return {said: await within(ANSWER_MS, 'Temporal', answered(project, question)), silent: null};
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
    silences.set(project, {until: Date.now() + SILENT_MS, reason});
    return {said: null, silent: reason};
  }
}

async function answered<T>(project: UiProject, question: (client: Client) => Promise<T>): Promise<T> {
  const client = await project.temporal();
  return client.withDeadline(Date.now() + ANSWER_MS, () => question(client));
}
