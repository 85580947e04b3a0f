import type {ArtifactRef} from '../../schemas/artifact.ts';
import {SweepRecord} from '../../schemas/training.ts';
import type {ActivityContext} from '../context.ts';
import type {Activities} from '../contract.ts';
import {parse} from '../parse.ts';

/** How a sweep went, as an artifact: for the report. */
export async function recordSweep(
  {record}: Parameters<Activities['recordSweep']>[0],
  {stores}: ActivityContext,
): Promise<ArtifactRef> {
  return stores.artifacts.putJson(parse(SweepRecord, record, 'recordSweep'));
}
