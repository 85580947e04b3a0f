import type {TestProject} from 'vitest/node';
import {startS3Server} from '../../scripts/chaos/s3-server.ts';
import {resolveEnvironment} from '../../launcher/environment.js';
import {once} from './once.ts';
import type {ProvidedS3} from './services.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    s3: ProvidedS3;
  }
}

/**
 * One real S3 server (versitygw over a temporary folder, random keys, a free port) for the whole run.
 * `RATCHET_TEST_S3` names an endpoint to use instead, with the keys in AWS_ACCESS_KEY_ID and
 * AWS_SECRET_ACCESS_KEY. Where there is neither, tests are skipped with the reason given here.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const endpoint = process.env['RATCHET_TEST_S3'];
  if (endpoint !== undefined && endpoint !== '') {
    project.provide('s3', {
      endpoint,
      region: process.env['AWS_REGION'] ?? 'us-east-1',
      accessKeyId: process.env['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: process.env['AWS_SECRET_ACCESS_KEY'] ?? '',
    });
    return undefined;
  }
  const why = process.env['RATCHET_S3_UNAVAILABLE'];
  const binary = resolveEnvironment().versitygw;
  if (binary === undefined || why !== undefined) {
    project.provide('s3', {
      unavailable: why ?? 'no S3 server: `npm test` builds one where Go is installed, or set RATCHET_TEST_S3',
    });
    return undefined;
  }
  const {value, stop} = await once('s3', async () => {
    const server = await startS3Server(binary);
    return {value: server, stop: () => server.stop()};
  });
  const {endpoint: address, region, accessKeyId, secretAccessKey} = value;
  project.provide('s3', {endpoint: address, region, accessKeyId, secretAccessKey});
  return stop;
}
