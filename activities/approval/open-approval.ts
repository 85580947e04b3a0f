import {z} from 'zod';
import {ErrorType, RatchetError} from '../../schemas/errors.ts';
import {starterOf, type Starter} from '../../stores/run-starters.ts';
import {entriesBack} from '../../stores/entries-back.ts';
import {currentRules} from '../access/current-rules.ts';
import {parse} from '../parse.ts';
import type {ApprovalContext} from './decide.ts';
import {ownApproval} from './own-approval.ts';

const OpenInput = z.strictObject({
  project: z.string(),
  /** The lifecycle that asks. */
  runId: z.string(),
  /** The approval's Temporal run ID. */
  run: z.string(),
});

/**
 * Checks that an approval belongs to its run, and reads who started that run from the signed start. An approval
 * started by hand passes neither check. Null where nobody signed: who started it is then what the run says. Throws NotPermitted.
 */
export async function openApproval(
  input: z.infer<typeof OpenInput>,
  context: ApprovalContext,
): Promise<Starter | null> {
  const {project, runId, run} = parse(OpenInput, input, 'openApproval');
  await ownApproval({project, runId, run}, context);
  // What cannot be read now must not end an approval: the person then counts under the name they started it by.
  const people = (await unlessUnusable(currentRules(context, project)))?.people ?? [];
  const record = await unlessUnusable(context.stores.registry.run(project, runId));
  const since = record === null ? 0 : Date.parse(record.startedAt);
  for await (const entry of entriesBack(context.stores.audit(project), since)) {
    const starter = starterOf(entry, runId, people);
    if (starter !== null && !('amiss' in starter)) return starter;
  }
  return null;
}

async function unlessUnusable<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof RatchetError && error.type === ErrorType.InvalidInput) return null;
    throw error;
  }
}
