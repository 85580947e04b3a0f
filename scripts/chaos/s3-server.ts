import {randomBytes} from 'node:crypto';
import {mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {freePorts, startService} from './child-service.ts';

export interface S3Server {
  /** `http://host:port`, path style. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Its objects go with it. */
  stop(): Promise<void>;
}

/** A real S3 server (versitygw) over a temporary folder, on a free port, with random keys. Throws what it said if it does not start. */
export async function startS3Server(binary: string): Promise<S3Server> {
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
  return {
    ...{endpoint: `http://${address}`, region: 'us-east-1', accessKeyId, secretAccessKey},
    async stop() {
      await service.stop();
      rmSync(folder, {recursive: true, force: true});
    },
  };
}
