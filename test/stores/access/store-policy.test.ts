import {mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {CreateBucketCommand, PutBucketPolicyCommand, S3Client} from '@aws-sdk/client-s3';
import {afterAll, beforeAll, describe, expect, test, vi} from 'vitest';
import {type RatchetError} from '../../../schemas/errors.ts';
import {resolveEnvironment} from '../../../launcher/environment.js';
import {startS3Server, type S3Server} from '../../../scripts/chaos/s3-server.ts';
import {
  DOCUMENTS,
  STORE_PROCESSES,
  allows,
  rightsOf,
  type Right,
} from '../../../stores/access/authorities.ts';
import type {StoreProcess} from '../../../stores/access/authorities.ts';
import type {ObjectStore} from '../../../stores/objects/object-store.ts';
import {S3Store} from '../../../stores/objects/s3-store.ts';
import {ScopedStore} from '../../../stores/objects/scoped-store.ts';
import {storePolicy} from '../../../stores/access/store-policy.ts';
import {MemoryStore} from '../memory-store.ts';

const KINDS = Object.keys(DOCUMENTS);
const RIGHTS: readonly Right[] = ['read', 'write', 'delete'];

/** Which of the rights a store grants for keys of a kind, by what it does. */
async function granted(store: ObjectStore, kind: string): Promise<Right[]> {
  const key = `${kind}/mail/${kind}.json`;
  const tries: Record<Right, () => Promise<unknown>> = {
    read: async () => [
      await store.get(`${kind}/absent`),
      await store.head(key),
      await Array.fromAsync(store.list(`${kind}/`)),
    ],
    write: () => store.put(`${kind}/mail/new`, 'text'),
    delete: () => store.delete(`${kind}/mail/new`),
  };
  const may: Right[] = [];
  for (const right of RIGHTS) {
    const allowed = await tries[right]().then(
      () => true,
      (error: unknown) => {
        expect((error as RatchetError).type, (error as Error).message).toBe('AccessDenied');
        return false;
      },
    );
    if (allowed) may.push(right);
  }
  return may;
}

test('nothing that a key may be named by is granted but what is declared', () => {
  for (const key of [
    '',
    'artifacts',
    '/artifacts/a',
    'artifactsx/a',
    'unknown/a',
    'toString/a',
    '../artifacts/a',
  ])
    for (const process of STORE_PROCESSES)
      for (const right of RIGHTS) expect(allows(process, right, key)).toBe(false);
});

test('what strangers and trainings reach moves nothing, approves nothing and reads no row of others', () => {
  const may = (process: StoreProcess, right: Right) =>
    KINDS.filter((kind) => rightsOf(process, kind).includes(right));
  expect(may('gateway', 'write')).toEqual(['feedback', 'key-usage', 'raw', 'traces']);
  expect(may('training', 'write')).toEqual(['artifacts', 'checkpoints', 'leases']);
  expect(may('workflow', 'write')).toEqual(['artifacts', 'versions']);
  for (const process of STORE_PROCESSES)
    if (process !== 'cpu')
      for (const kind of ['pointers', 'audit', 'releases', 'retired', 'access', 'gateway-keys'])
        expect(rightsOf(process, kind)).not.toContain('write');
  for (const process of ['workflow', 'gpu', 'training'] as const)
    for (const kind of ['traces', 'feedback', 'raw']) expect(rightsOf(process, kind)).toEqual([]);
});

describe.each(STORE_PROCESSES)('a %s process', (process) => {
  test.each(KINDS)('does with %s/ what is declared', async (kind) => {
    const store = new ScopedStore(new MemoryStore(), process);
    expect(await granted(store, kind)).toEqual(rightsOf(process, kind));
  });

  test('is told which key, and where the prefixes stand', async () => {
    const store = new ScopedStore(new MemoryStore(), process);
    await expect(store.put('elsewhere/x', '')).rejects.toThrow(
      `a ${process} process may not write elsewhere/x in memory:///: docs/security.md says which prefixes it needs`,
    );
    expect(() => store.list('')).toThrow(`a ${process} process may not read`);
  });
});

const {versitygw} = resolveEnvironment();
describe.skipIf(versitygw === undefined)(
  `an S3 server that enforces the policies${versitygw === undefined ? ' (no S3 server: `npm test` builds one where Go is installed)' : ''}`,
  () => {
    const secrets = Object.fromEntries(STORE_PROCESSES.map((name) => [name, `secret-of-${name}`]));
    let server: S3Server;
    let url: string;
    beforeAll(async () => {
      server = await startS3Server(versitygw!, secrets);
      const {endpoint, region, ...credentials} = server;
      url = `s3://bucket/projects/mail?endpoint=${endpoint}`;
      const root = new S3Client({endpoint, region, credentials, forcePathStyle: true});
      await root.send(new CreateBucketCommand({Bucket: 'bucket'}));
      const Statement = STORE_PROCESSES.flatMap((process) =>
        storePolicy({bucket: 'bucket', prefix: 'projects/mail'}, process).Statement.map((one) => ({
          ...one,
          Sid: `${process}${one.Sid}`,
          Principal: {AWS: [process]},
        })),
      );
      await root.send(
        new PutBucketPolicyCommand({
          Bucket: 'bucket',
          Policy: JSON.stringify({Version: '2012-10-17', Statement}),
        }),
      );
    });
    afterAll(() => server.stop());

    /** The store with the credentials of a kind of process. */
    async function as(process: StoreProcess, at = url): Promise<S3Store> {
      vi.stubEnv('AWS_ACCESS_KEY_ID', process);
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', secrets[process]);
      const store = new S3Store(at);
      // The client reads the environment at its first request.
      await store.get('artifacts/absent').catch(() => null);
      vi.unstubAllEnvs();
      return store;
    }

    test.each(STORE_PROCESSES)('lets a %s process do what is declared and nothing else', async (process) => {
      const store = await as(process);
      for (const kind of KINDS)
        expect([kind, await granted(store, kind)]).toEqual([kind, rightsOf(process, kind)]);
      expect(await granted(store, 'elsewhere')).toEqual([]);
      // Another project of the same bucket.
      const other = await as(process, url.replace('projects/mail', 'projects/post'));
      expect(await granted(other, 'artifacts')).toEqual([]);
    });

    test('a large file goes up in parts, and a conditional write is one', async () => {
      const file = path.join(mkdtempSync(path.join(tmpdir(), 'ratchet-policy-')), 'large');
      writeFileSync(file, Buffer.alloc(20 << 20));
      const store = await as('training');
      await store.putFile('artifacts/large', file);
      expect((await store.head('artifacts/large'))!.bytes).toBe(20 << 20);
      expect(await store.put('leases/mail/one', 'mine', {ifNoneMatch: '*'})).toMatchObject({
        status: 'written',
      });
      expect(await store.put('leases/mail/one', 'theirs', {ifNoneMatch: '*'})).toEqual({status: 'refused'});
    });
  },
);
