import {randomBytes} from 'node:crypto';
import {mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {TestProject} from 'vitest/node';
import {resolveEnvironment} from '../../scripts/launcher/environment.js';
import {freePorts, startService} from './child-service.ts';
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
  const binary = resolveEnvironment().versitygw;
  if (binary === undefined) {
    project.provide('s3', {
      unavailable:
        process.env['RATCHET_S3_UNAVAILABLE'] ??
        'no S3 server: `npm test` builds one where Go is installed, or set RATCHET_TEST_S3',
    });
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'ratchet-s3-'));
  const objects = join(folder, 'objects');
  const sidecar = join(folder, 'sidecar');
  mkdirSync(objects);
  mkdirSync(sidecar);
  const [port] = await freePorts(1);
  const accessKeyId = `ratchet${randomBytes(6).toString('hex')}`;
  const secretAccessKey = randomBytes(24).toString('hex');
  const address = `127.0.0.1:${port}`;
  const start = (metadata: readonly string[]) =>
    startService({
      name: 'S3 server',
      command: binary,
      args: ['--port', address, '--health', '/health', '--quiet', 'posix', ...metadata, objects],
      env: {...process.env, ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey},
      withinMs: 60_000,
      ready: async () => {
        const answer = await fetch(`http://${address}/health`);
        await answer.body?.cancel();
        if (!answer.ok) throw new Error(`status ${answer.status}`);
      },
    });
  // ETags live in extended attributes; where the temporary folder has none, in files beside.
  const service = await start([]).catch((error: unknown) => {
    if (error instanceof Error && error.message.includes('xattr')) return start(['--sidecar', sidecar]);
    throw error;
  });
  project.provide('s3', {endpoint: `http://${address}`, region: 'us-east-1', accessKeyId, secretAccessKey});
  return async () => {
    await service.stop();
    rmSync(folder, {recursive: true, force: true});
  };
}
