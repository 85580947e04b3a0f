import type {TestProject} from 'vitest/node';
import setUpS3 from '../../test/setup/s3.ts';
import setUpTemporal from '../../test/setup/temporal.ts';
import type {ProvidedS3, ProvidedTemporal} from '../../test/setup/services.ts';

/** One Temporal server and one S3 server for all mutants: starting them for each would take longer than their tests. */
export async function withServers(run: () => Promise<void>): Promise<void> {
  const provided: {temporal?: ProvidedTemporal; s3?: ProvidedS3} = {};
  const project = {
    provide: (name: keyof typeof provided, value: never) => void (provided[name] = value),
  } as unknown as TestProject;
  const stops = [await setUpTemporal(project), await setUpS3(project)];
  try {
    const {temporal, s3} = provided;
    if (temporal === undefined || 'unavailable' in temporal)
      throw new Error(temporal?.unavailable ?? 'no Temporal server');
    process.env['TEMPORAL_ADDRESS'] = temporal.address;
    // Without one the tests of stores over S3 are skipped, as everywhere.
    if (s3 !== undefined && !('unavailable' in s3))
      Object.assign(process.env, {
        RATCHET_TEST_S3: s3.endpoint,
        AWS_REGION: s3.region,
        AWS_ACCESS_KEY_ID: s3.accessKeyId,
        AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
      });
    await run();
  } finally {
    for (const stop of stops) await stop?.();
  }
}
