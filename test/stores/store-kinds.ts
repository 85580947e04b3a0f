import {randomUUID} from 'node:crypto';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {CreateBucketCommand, S3Client} from '@aws-sdk/client-s3';
import {s3Access} from '../setup/services.ts';

export interface OpenedPlace {
  /** For openStore, here and in child processes, which inherit the credentials by the environment. */
  readonly url: string;
  remove(): Promise<void>;
}

/** A kind of store that every suite runs over: an empty place of it, or the reason why there is none here. */
export interface StoreKind {
  readonly name: string;
  readonly unavailable: string | null;
  open(): Promise<OpenedPlace>;
}

const folder: StoreKind = {
  name: 'file',
  unavailable: null,
  async open() {
    const path = await mkdtemp(join(tmpdir(), 'ratchet-store-'));
    return {
      url: pathToFileURL(join(path, 'store')).href,
      remove: () => rm(path, {recursive: true, force: true}),
    };
  },
};

const access = s3Access();
const s3: StoreKind = {
  name: 's3',
  unavailable: 'unavailable' in access ? access.unavailable : null,
  async open() {
    if ('unavailable' in access) throw new Error(access.unavailable);
    const {endpoint, region, accessKeyId, secretAccessKey} = access;
    process.env['AWS_ACCESS_KEY_ID'] = accessKeyId;
    process.env['AWS_SECRET_ACCESS_KEY'] = secretAccessKey;
    const bucket = `ratchet-${randomUUID()}`;
    const client = new S3Client({endpoint, region, forcePathStyle: true});
    await client.send(new CreateBucketCommand({Bucket: bucket}));
    client.destroy();
    const url = `s3://${bucket}/some/prefix?endpoint=${encodeURIComponent(endpoint)}&region=${region}`;
    // The server's folder goes with the server; a foreign server keeps a small bucket named ratchet-….
    return {url, remove: () => Promise.resolve()};
  },
};

export const STORE_KINDS: readonly StoreKind[] = [folder, s3];

/** The title of a suite over a kind of store: says why, where it is skipped. */
export function title(what: string, kind: StoreKind): string {
  return `${what} over ${kind.name}${kind.unavailable === null ? '' : ` (skipped: ${kind.unavailable})`}`;
}
