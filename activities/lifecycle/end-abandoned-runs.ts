import type {RunRecord} from '../../schemas/run.ts';
import type {ActivityContext} from '../context.ts';
import {currentRun} from '../rollout/current-run.ts';

const NOTE = 'its workflow ended without saying how: it was terminated, or Temporal knows it no more';

/**
 * Ends the records of runs whose workflows run no more: one that was terminated could not say so. One that is reset afterwards says
 * itself how it went on. `but` is the run that looks.
 */
export async function endAbandonedRuns(
  {project, but}: {readonly project: string; readonly but: string},
  context: Pick<ActivityContext, 'client' | 'stores'>,
): Promise<void> {
  const {registry} = context.stores;
  for await (const {id, status} of registry.runs(project)) {
    if (status !== 'running' || id === but || (await currentRun(id, context)) !== null) continue;
    await registry.updateRun(project, id, (record) => (record.status === 'running' ? ended(record) : record));
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
