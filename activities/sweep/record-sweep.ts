import {z} from 'zod';
import type {ArtifactRef} from '../../schemas/artifact.ts';
import {SweepRecord} from '../../schemas/training.ts';
import {activity} from '../activity.ts';

/** How a sweep went, as an artifact: for the report. */
export const recordSweep = activity(
  'cpu',
  z.object({record: SweepRecord}),
  async ({record}, {stores}): Promise<ArtifactRef> => {
    return stores.artifacts.putJson(record);
  },
);
