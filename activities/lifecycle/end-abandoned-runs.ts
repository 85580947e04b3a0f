import {log} from '@temporalio/activity';
import type {RunRecord} from '../../schemas/run.ts';
import type {ActivityContext} from '../context.ts';
import {currentRun} from '../rollout/current-run.ts';

const NOTE = 'its workflow ended without saying how: it was terminated, or Temporal knows it no more';

/** So many of the newest runs are looked at: each run looks, so what is older has been. */
const NEWEST = 300;

/**
 * Ends the records of runs whose workflows run no more: one that was terminated could not say so. One that is reset afterwards says
 * itself how it went on. `but` is the run that looks, at the newest 300. What cannot be read, or ended, is logged and left.
 */
export async function endAbandonedRuns(
  {project, but}: {readonly project: string; readonly but: string},
  context: Pick<ActivityContext, 'client' | 'stores'>,
): Promise<void> {
  const {registry} = context.stores;
  for await (const {run, amiss} of registry.recentRuns(project, NEWEST)) {
    if (run === null) log.warn(`a run's record is left as it is: ${amiss}`);
    else if (run.status === 'running' && run.id !== but) await endAbandoned(project, run.id, context);
  }
}

async function endAbandoned(
  project: string,
  id: string,
  context: Pick<ActivityContext, 'client' | 'stores'>,
): Promise<void> {
  try {
    if ((await currentRun(id, context)) !== null) return;
    await context.stores.registry.updateRun(project, id, (record) =>
      record.status === 'running' ? ended(record) : record,
    );
  } catch (error) {
    log.warn(
      `the record of ${id} is left as it is: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function ended(record: RunRecord): RunRecord {
  const endedAt = new Date().toISOString();
  const stages = Object.entries(record.stages).map(([name, stage]) => [
    name,
    stage.endedAt === null ? {...stage, status: 'cancelled' as const, endedAt} : stage,
  ]);
  return {
    ...record,
    status: 'cancelled',
    endedAt,
    note: NOTE,
    stages: Object.fromEntries(stages) as RunRecord['stages'],
  };
}
