import {randomBytes} from 'node:crypto';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
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

/**
 * A real S3 server (versitygw) over a temporary folder, on a free port, with random keys; with `users`, names and their secrets, who
 * may do what a bucket's policy says. Throws what it said if it does not start.
 */
export async function startS3Server(
  binary: string,
  users?: Readonly<Record<string, string>>,
): Promise<S3Server> {
  const folder = mkdtempSync(join(tmpdir(), 'ratchet-s3-'));
  const objects = join(folder, 'objects');
  const sidecar = join(folder, 'sidecar');
  mkdirSync(objects);
  mkdirSync(sidecar);
  const accounts = join(folder, 'accounts');
  if (users !== undefined) {
    mkdirSync(accounts);
    const accessAccounts = Object.fromEntries(
      Object.entries(users).map(([access, secret]) => [access, {access, secret, role: 'user'}]),
    );
    writeFileSync(join(accounts, 'users.json'), JSON.stringify({accessAccounts}));
  }
  const [port] = await freePorts(1);
  const accessKeyId = `ratchet${randomBytes(6).toString('hex')}`;
  const secretAccessKey = randomBytes(24).toString('hex');
  const address = `127.0.0.1:${port}`;
  const start = (metadata: readonly string[]) =>
    startService({
      name: 'S3 server',
      command: binary,
      args: [
        '--port',
        address,
        '--health',
        '/health',
        '--quiet',
        ...(users === undefined ? [] : ['--iam-dir', accounts]),
        'posix',
        ...metadata,
        objects,
      ],
      env: {...process.env, ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey},
      withinMs: 60_000,
      ready: async () => {
        const answer = await fetch(`http://${address}/health`);
        await answer.body?.cancel();
        if (!answer.ok) throw new Error(`status ${answer.status}`);
      },
    });
  // ETags live in extended attributes; where the temporary folder has none, in files beside, as policies of more than 4 KiB must.
  const beside = ['--sidecar', sidecar];
  const service = await start(users === undefined ? [] : beside).catch((error: unknown) => {
    if (error instanceof Error && error.message.includes('xattr')) return start(beside);
    throw error;
  });
  return {
    endpoint: `http://${address}`,
    region: 'us-east-1',
    accessKeyId,
    secretAccessKey,
    async stop() {
      await service.stop();
      rmSync(folder, {recursive: true, force: true});
    },
  };
}
